import Core
import Storage
import TestSupport
import Testing

/// Every type of a tensor: converted, or refused by name, type and place.
struct ElementTypeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expect(_ values: [Float], _ dtype: String, _ content: [UInt8]) throws {
    let path = try folder.safetensors(dtype, [values.count], content)
    #expect(
      try Safetensors.read(path) == [NamedTensor(name: "x", shape: [values.count], values: values)])
  }

  private func refuse(
    _ dtype: String, _ shape: [Int], _ content: [UInt8], _ message: String,
    read: (String) throws -> [NamedTensor] = { try Safetensors.read($0) }
  ) throws {
    let path = try folder.safetensors(dtype, shape, content)
    let error = #expect(throws: CSGError.self) { try read(path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message == "\(path): \(message)")
  }

  /// 1, −2 and 0.5.
  @Test(
    arguments: [
      (
        "F64",
        [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f]
      ),
      ("F32", [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f]),
      ("F16", [0, 0x3c, 0, 0xc0, 0, 0x38]),
      ("BF16", [0x80, 0x3f, 0, 0xc0, 0, 0x3f]),
    ] as [(String, [UInt8])])
  func floatingPointTypesAreRead(dtype: String, content: [UInt8]) throws {
    try expect([1, -2, 0.5], dtype, content)
    // One byte before the tensor leaves it unaligned.
    let path = try folder.safetensors(
      """
      {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
      "x":{"dtype":"\(dtype)","shape":[3],"data_offsets":[1,\(content.count + 1)]}}
      """, [0xff] + content)
    #expect(try Safetensors.read(path).last?.values == [1, -2, 0.5])
  }

  @Test func integersAndBooleansAreConverted() throws {
    try expect([0, 1, 255], "U8", [0, 1, 255])
    try expect([-1, 127, -128], "I8", [255, 127, 128])
    try expect([0, 1, 65_535], "U16", bytes([0, 1, 65_535] as [UInt16]))
    try expect([-32_768, 2], "I16", bytes([-32_768, 2] as [Int16]))
    try expect([16_777_216, 4_294_967_040], "U32", bytes([1 << 24, 4_294_967_040] as [UInt32]))
    try expect([-16_777_216, 16_777_218], "I32", bytes([-1 << 24, 16_777_218] as [Int32]))
    try expect([1, 0x1p63], "U64", bytes([1, 1 << 63] as [UInt64]))
    try expect([-0x1p63, 3], "I64", bytes([.min, 3] as [Int64]))
    try expect([0, 1, 1], "BOOL", [0, 1, 1])
  }

  @Test func whatIsNoFloatIsRefusedByPlace() throws {
    let odd = "which is not exactly a float32"
    try refuse(
      "I32", [2, 3], bytes([0, 1, 2, 3, 4, 16_777_217] as [Int32]),
      "'x' (I32) holds 16777217 at [1, 2] (element 5), \(odd)")
    try refuse(
      "U32", [2], bytes([1, .max] as [UInt32]), "'x' (U32) holds 4294967295 at [1], \(odd)")
    try refuse(
      "I64", [], bytes([.max] as [Int64]),
      "'x' (I64) holds 9223372036854775807 at element 0, \(odd)")
    try refuse(
      "U64", [1], bytes([.max] as [UInt64]), "'x' (U64) holds 18446744073709551615 at [0], \(odd)")
    try refuse(
      "BOOL", [3], [1, 0, 2],
      "'x' (BOOL) holds the byte 2 at [2], which is neither 0 nor 1: it is damaged")
    try refuse(
      "F64", [1, 2], bytes([(0.5).bitPattern, (-1e300).bitPattern]),
      "'x' (F64) holds -1e+300 at [0, 1] (element 1), which is beyond float32's range")
  }

  @Test(arguments: ["F8_E4M3", "F8_E5M2", "F4", "C64", "f32", ""])
  func otherTypesAreRefusedByName(_ dtype: String) throws {
    try refuse(dtype, [2], [1, 2], "'x' is \(dtype), a type that is not read")
  }

  /// Counters beyond 2²⁴ and types that are not read harm nobody who does not want them.
  @Test func whatIsPassedOverMayHoldAnything() throws {
    let path = try folder.safetensors(
      """
      {"__metadata__":{"a":"b"},"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},
      "o":{"dtype":"C64","shape":[1],"data_offsets":[8,16]},
      "x":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}
      """, [UInt8](repeating: 0x7f, count: 16) + [0, 0, 0x80, 0x3f])
    #expect(
      try Safetensors.read(path, passingOver: { $0 != "x" })
        == [NamedTensor(name: "x", shape: [1], values: [1])])
    let error = #expect(throws: CSGError.self) { try Safetensors.read(path) }
    #expect(error?.message.contains("'n' (I64)") == true)
  }

  @Test func weightsAreFinite() throws {
    func weights(_ path: String) throws -> [NamedTensor] {
      try Safetensors.weights(path) { _ in false }
    }
    try refuse(
      "F16", [2, 2], [0, 0, 0, 0, 0, 0x7e, 0, 0], "'x' (F16) holds nan at [1, 0] (element 2)",
      read: weights)
    try refuse(
      "F64", [1], bytes([(-Double.infinity).bitPattern]), "'x' (F64) holds -inf at [0]",
      read: weights)
    try expect([.infinity], "BF16", [0x80, 0x7f])
  }
}
