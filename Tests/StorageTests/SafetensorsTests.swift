import Core
import Foundation
import Storage
import TestSupport
import Testing

struct SafetensorsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func tensorsComeBackInNameOrder() throws {
    let tensors = [
      NamedTensor(
        name: "layer1.0.conv1.weight", shape: [2, 1, 1, 3], values: [0, 1, -2, 3, 4, 5]),
      NamedTensor(name: "fc.bias", shape: [2], values: [-0.0, .infinity]),
      NamedTensor(name: "scalar", shape: [], values: [.pi]),
      NamedTensor(name: "nothing", shape: [0, 3], values: []),
    ]
    try Safetensors.write(tensors, metadata: ["format": "pt"], to: folder("a"))
    let read = try Safetensors.read(folder("a"))
    #expect(read == tensors.sorted { $0.name < $1.name })
    #expect(read[0].values[0].sign == .minus)
    #expect(folder.listing() == ["a"])
  }

  /// Half precision: the nearest value, ties to even; half the bytes.
  @Test func halfPrecisionRounds() throws {
    let values: [Float] = [1, 1 + 0x1p-11, 1 + 0x3p-11, -0.1, 65504, 0x1p-24, 0]
    let tensor = NamedTensor(name: "x", shape: [7], values: values)
    try Safetensors.write([tensor], as: .float16, metadata: [:], to: folder("a"))
    let read = try Safetensors.read(folder("a"))
    #expect(read[0].values == [1, 1, 1 + 0x1p-9, -0.0999755859375, 65504, 0x1p-24, 0])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder("a")))
    #expect(String(decoding: bytes, as: UTF8.self).contains(#""dtype":"F16""#))
  }

  @Test func whatHalfPrecisionCannotHoldIsNamed() throws {
    let tensor = NamedTensor(name: "x", shape: [2], values: [1, 65_536])
    let error = #expect(throws: CSGError.self) {
      try Safetensors.write([tensor], as: .float16, metadata: [:], to: folder("a"))
    }
    #expect(error?.message.hasPrefix("x holds 65536.0 at [1]") == true)
    #expect(folder.listing().isEmpty)
  }

  @Test func noTensorsAreAFileToo() throws {
    try Safetensors.write([], metadata: [:], to: folder("a"))
    #expect(try Safetensors.read(folder("a")).isEmpty)
  }

  /// The layout that other readers rely on: aligned header, `__metadata__`, offsets into content.
  @Test func theFileIsAsSpecified() throws {
    let tensor = NamedTensor(name: "b", shape: [2], values: [1, -2])
    try Safetensors.write([tensor], metadata: ["k": "v"], to: folder("a"))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder("a"))))
    let length = Int(bytes[0]) | Int(bytes[1]) << 8
    #expect(bytes[2..<8].allSatisfy { $0 == 0 } && length % 8 == 0)
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    let expected: NSDictionary = [
      "__metadata__": ["k": "v"],
      "b": ["dtype": "F32", "shape": [2], "data_offsets": [0, 8]] as [String: Any],
    ]
    #expect(header as? NSDictionary == expected)
    #expect(Array(bytes[(8 + length)...]) == [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
  }

  @Test(arguments: [
    // Offsets: outside, negative, reversed, not those of the shape, too many, beyond an Int.
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
    #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,1e30]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0.5,8.5]}}"#,
    // Shape: negative, and products that overflow (the second to exactly 8 bytes).
    #"{"x":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}"#,
    // Fields: missing, of another kind.
    #"{"x":{"dtype":"F32","shape":[2]}}"#, #"{"x":{"shape":[2],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","data_offsets":[0,8]}}"#, #"{"x":[1,2]}"#, #"{"x":null}"#,
    // Not an object, not JSON.
    "[1,2]", "3", "", "{", #"{"x":"#, "\u{0}\u{0}\u{0}\u{0}",
  ])
  func hostileHeadersAreRefused(header: String) throws {
    let path = try folder.safetensors(header, [UInt8](repeating: 0, count: 8))
    let error = #expect(throws: CSGError.self) { try Safetensors.read(path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix("\(path): ") == true)
  }

  @Test(arguments: [3, 100_000_000, 100_000_001, UInt64(Int.max), .max])
  func aHeaderLongerThanItsFileIsRefused(length: UInt64) throws {
    let error = #expect(throws: CSGError.self) {
      try Safetensors.read(try folder.safetensors("{}", length: length))
    }
    #expect(error?.exitCode == .data)
  }

  @Test func deepNestingIsRefused() throws {
    let header = String(repeating: "[", count: 100_000)
    #expect(throws: CSGError.self) { try Safetensors.read(try folder.safetensors(header)) }
  }

  @Test func everyCutIsRefused() throws {
    let tensor = NamedTensor(name: "b", shape: [2], values: [1, -2])
    try Safetensors.write([tensor], metadata: [:], to: folder("a"))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder("a"))))
    for length in 0..<bytes.count {
      let path = try folder.write("cut", Array(bytes.prefix(length)))
      let error = #expect(throws: CSGError.self, "cut at \(length)") { try Safetensors.read(path) }
      #expect(error?.exitCode == .data)
    }
  }

  @Test func aMissingFileIsNamed() {
    let error = #expect(throws: CSGError.self) { try Safetensors.read(folder("none")) }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.contains(folder("none")) == true)
  }
}
