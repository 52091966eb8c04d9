import Core
import Foundation

/// The safetensors format: u64 little-endian header length, a JSON header, row-major bytes.
///
/// Source: https://github.com/huggingface/safetensors (README, "Format").
package enum Safetensors {
  private static let headerLimit = 100_000_000

  private struct Entry: Codable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  /// The tensors of a file in name order, as Float; those whose name `isPassedOver` takes are left out,
  /// whatever they hold.
  /// - Throws: `CSGError` 66 where the file is missing, 65 where it is cut, foreign or inconsistent, or
  ///   where a tensor's type or one of its elements cannot be Float.
  package static func read(
    _ path: String, passingOver isPassedOver: (String) -> Bool = { _ in false }
  ) throws -> [NamedTensor] {
    try tensors(path, passingOver: isPassedOver) { _, _ in }
  }

  /// `read`, of weights: every value is finite.
  /// - Throws: As `read`; `CSGError` 65 that names tensor, type and place of a NaN or an infinity.
  package static func weights(_ path: String, passingOver isPassedOver: (String) -> Bool) throws
    -> [NamedTensor]
  {
    try tensors(path, passingOver: isPassedOver) { tensor, dtype in
      guard let fault = tensor.firstValue(where: { !$0.isFinite }) else { return }
      throw CSGError.data(path, "'\(tensor.name)' (\(dtype)) holds \(fault)")
    }
  }

  /// The texts of a file's `__metadata__`, in which programs say what they like.
  /// - Throws: As `read`, but for what tensors hold.
  package static func metadata(_ path: String) throws -> [String: String] {
    try file(path).header.metadata
  }

  private static func file(_ path: String) throws -> (header: SafetensorsHeader, content: [UInt8]) {
    guard let bytes = try FileSystem.contents(of: path).map({ Data($0) }) else {
      throw CSGError(.noInput, "\(path): no such file, or not readable")
    }
    if bytes.count <= 8 || bytes[8] != UInt8(ascii: "{"),
      let fault = ForeignWeights.fault(bytes, at: path)
    {
      throw fault
    }
    guard bytes.count >= 8 else { throw CSGError.data(path, "is too short for safetensors") }
    let length = bytes.prefix(8).enumerated().reduce(UInt64(0)) {
      $0 | UInt64($1.element) << (8 * UInt64($1.offset))
    }
    guard length <= headerLimit, Int(length) <= bytes.count - 8 else {
      throw CSGError.data(path, "is no safetensors file, or is cut within its header")
    }
    let content = [UInt8](bytes[(8 + Int(length))...])
    let header = try SafetensorsHeader(
      bytes.subdata(in: 8..<8 + Int(length)), contentBytes: content.count, path: path)
    return (header, content)
  }

  private static func tensors(
    _ path: String, passingOver isPassedOver: (String) -> Bool,
    check: (NamedTensor, _ dtype: String) throws -> Void
  ) throws -> [NamedTensor] {
    let (header, content) = try file(path)
    return try header.entries.filter { !isPassedOver($0.name) }.map { entry in
      let tensor = NamedTensor(
        name: entry.name, shape: entry.shape, values: try entry.floats(content, path: path))
      try check(tensor, entry.dtype)
      return tensor
    }
  }

  /// What a value is written as.
  package enum Precision: String, CaseIterable, Sendable {
    case float32
    /// The nearest of half precision, ties to even.
    case float16

    fileprivate var type: ElementType { self == .float32 ? .float32 : .float16 }

    fileprivate func append(_ value: Float, to content: inout [UInt8]) {
      switch self {
      case .float32:
        withUnsafeBytes(of: value.bitPattern.littleEndian) { content.append(contentsOf: $0) }
      case .float16:
        withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) {
          content.append(contentsOf: $0)
        }
      }
    }
  }

  /// Writes tensors, atomically; `metadata` goes into `__metadata__`.
  /// - Throws: `CSGError` 1 that names a value beyond half precision's range, 65504, where it is asked
  ///   for.
  package static func write(
    _ tensors: [NamedTensor], as precision: Precision = .float32, metadata: [String: String],
    to path: String
  ) throws {
    var content: [UInt8] = []
    var entries: [String: Entry] = [:]
    for tensor in tensors {
      let first = content.count
      if precision == .float16,
        let fault = tensor.firstValue(where: { $0.isFinite && Float16($0).isInfinite })
      {
        throw CSGError(
          .failure, "\(tensor.name) holds \(fault), beyond float16's range",
          remedy: "write float32")
      }
      for value in tensor.values { precision.append(value, to: &content) }
      entries[tensor.name] = Entry(
        dtype: precision.type.rawValue, shape: tensor.shape, data_offsets: [first, content.count])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var header = [UInt8](try encoder.encode(entries))
    let notes = [UInt8](try encoder.encode(["__metadata__": metadata]))
    header = notes.dropLast() + (entries.isEmpty ? [] : [UInt8(ascii: ",")]) + header.dropFirst()
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    try AtomicFile.write(length + header + content, to: path)
  }
}
