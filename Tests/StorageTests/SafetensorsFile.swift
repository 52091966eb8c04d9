import TestSupport

extension TemporaryFolder {
  /// A safetensors file of a header and its content, with the header's own length or another.
  func safetensors(_ header: String, _ content: [UInt8] = [], length: UInt64? = nil) throws
    -> String
  {
    let size = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
    return try write("a.safetensors", size + Array(header.utf8) + content)
  }

  /// A safetensors file of one tensor `x`.
  func safetensors(_ dtype: String, _ shape: [Int], _ content: [UInt8]) throws -> String {
    try safetensors(
      #"{"x":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[0,\#(content.count)]}}"#,
      content)
  }
}

/// The little-endian bytes of integers.
func bytes<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
  values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
}
