import Core

/// The element types of safetensors that can become Float, under their names in a header.
///
/// The format knows more (F8_E4M3, C64, …): those are not read.
enum ElementType: String {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case uint64 = "U64"
  case int32 = "I32"
  case uint32 = "U32"
  case int16 = "I16"
  case uint16 = "U16"
  case int8 = "I8"
  case uint8 = "U8"
  case boolean = "BOOL"

  /// An element that no Float stands for.
  struct Fault: Error {
    /// Its place in row-major order.
    let index: Int
    /// What it is, as text, and why that cannot be a Float.
    let value: String, reason: String
  }

  /// Bytes of an element.
  var widthBytes: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .boolean: 1
    }
  }

  /// The elements of whole little-endian `bytes`. A float64 is rounded to the nearest Float; integers
  /// and Booleans (0, 1) must be one exactly. Infinities and NaN stay what they are.
  /// - Throws: `Fault` for the first element that is no Float.
  func floats(_ bytes: ArraySlice<UInt8>) throws(Fault) -> [Float] {
    switch self {
    case .float32: try convert(bytes) { (bits: UInt32) in Float(bitPattern: bits) }
    case .float16: try convert(bytes) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .bfloat16: try convert(bytes) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float64:
      try convert(
        bytes, text: { "\(Double(bitPattern: $0))" }, reason: "is beyond float32's range"
      ) { (bits: UInt64) in
        let value = Double(bitPattern: bits)
        return Float(value).isInfinite && value.isFinite ? nil : Float(value)
      }
    case .int64: try integers(bytes, as: Int64.self)
    case .uint64: try integers(bytes, as: UInt64.self)
    case .int32: try integers(bytes, as: Int32.self)
    case .uint32: try integers(bytes, as: UInt32.self)
    case .int16: try integers(bytes, as: Int16.self)
    case .uint16: try integers(bytes, as: UInt16.self)
    case .int8: try integers(bytes, as: Int8.self)
    case .uint8: try integers(bytes, as: UInt8.self)
    case .boolean:
      try convert(bytes, text: { "the byte \($0)" }, reason: "is neither 0 nor 1: it is damaged") {
        (byte: UInt8) in byte <= 1 ? Float(byte) : nil
      }
    }
  }

  private func integers<Value: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, as type: Value.Type)
    throws(Fault) -> [Float]
  {
    try convert(bytes, reason: "is not exactly a float32") { (value: Value) in Float(exactly: value)
    }
  }

  /// Every element by `float`, which answers nil for one that is no Float.
  private func convert<Bits: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, text: (Bits) -> String = { "\($0)" }, reason: String = "",
    _ float: (Bits) -> Float?
  ) throws(Fault) -> [Float] {
    let width = Bits.bitWidth / 8
    var floats: [Float] = []
    floats.reserveCapacity(bytes.count / width)
    for index in 0..<bytes.count / width {
      let bits = bytes.withUnsafeBytes {
        Bits(littleEndian: $0.loadUnaligned(fromByteOffset: index * width, as: Bits.self))
      }
      guard let value = float(bits) else {
        throw Fault(index: index, value: text(bits), reason: reason)
      }
      floats.append(value)
    }
    return floats
  }
}
