import Core
import Foundation

/// The safetensors format: u64 little-endian header length, a JSON header, row-major bytes.
///
/// Source: https://github.com/huggingface/safetensors (README, "Format").
public enum Safetensors {
  private static let headerLimit = 100_000_000

  private struct Entry: Codable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  /// The tensors of a file by name, floating-point ones as Float; integer ones are passed over.
  /// - Throws: `CSGError` 66 where the file is missing, 65 where it is cut, foreign or inconsistent.
  public static func read(_ path: String) throws -> [NamedTensor] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CSGError(.noInput, "\(path): no such file, or not readable")
    }
    guard bytes.count >= 8 else { throw CSGError.data(path, "is too short for safetensors") }
    let length = bytes.prefix(8).enumerated().reduce(UInt64(0)) {
      $0 | UInt64($1.element) << (8 * UInt64($1.offset))
    }
    guard length <= headerLimit, Int(length) <= bytes.count - 8 else {
      throw CSGError.data(path, "is no safetensors file, or is cut within its header")
    }
    let header = bytes.subdata(in: 8..<8 + Int(length))
    guard let object = try? JSONSerialization.jsonObject(with: header) as? [String: Any] else {
      throw CSGError.data(path, "is no safetensors file: its header is not a JSON object")
    }
    let content = [UInt8](bytes[(8 + Int(length))...])
    return try object.keys.sorted().filter { $0 != "__metadata__" }.compactMap { name in
      guard let fields = object[name] as? [String: Any], let dtype = fields["dtype"] as? String,
        let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int],
        offsets.count == 2, shape.allSatisfy({ $0 >= 0 })
      else { throw CSGError.data(path, "describes '\(name)' without dtype, shape and offsets") }
      guard let width = widths[dtype] else { return nil }
      guard let expected = ([width] + shape).checkedProduct() else {
        throw CSGError.data(path, "'\(name)' is too large")
      }
      guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= content.count,
        offsets[1] - offsets[0] == expected
      else { throw CSGError.data(path, "'\(name)' lies outside the file, or is cut") }
      let run = content[offsets[0]..<offsets[1]]
      return NamedTensor(name: name, shape: shape, values: floats(run, dtype: dtype))
    }
  }

  private static let widths = ["F64": 8, "F32": 4, "F16": 2, "BF16": 2]

  private static func floats(_ bytes: ArraySlice<UInt8>, dtype: String) -> [Float] {
    bytes.withUnsafeBytes { run in
      func load<Bits: FixedWidthInteger>(_ type: Bits.Type, _ index: Int) -> Bits {
        Bits(littleEndian: run.loadUnaligned(fromByteOffset: index * (Bits.bitWidth / 8), as: type))
      }
      let count = run.count / (widths[dtype] ?? 4)
      switch dtype {
      case "F64": return (0..<count).map { Float(Double(bitPattern: load(UInt64.self, $0))) }
      case "F16": return (0..<count).map { Float(Float16(bitPattern: load(UInt16.self, $0))) }
      case "BF16":
        return (0..<count).map { Float(bitPattern: UInt32(load(UInt16.self, $0)) << 16) }
      default: return (0..<count).map { Float(bitPattern: load(UInt32.self, $0)) }
      }
    }
  }

  /// Writes tensors as F32, atomically; `metadata` goes into `__metadata__`.
  public static func write(_ tensors: [NamedTensor], metadata: [String: String], to path: String)
    throws
  {
    var content: [UInt8] = []
    var entries: [String: Entry] = [:]
    for tensor in tensors {
      let first = content.count
      for value in tensor.values {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { content.append(contentsOf: $0) }
      }
      entries[tensor.name] = Entry(
        dtype: "F32", shape: tensor.shape, data_offsets: [first, content.count])
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
