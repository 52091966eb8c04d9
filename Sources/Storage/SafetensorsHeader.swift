import Core
import Foundation

/// What a safetensors file says of its tensors, checked against the bytes that it holds.
///
/// Source: https://github.com/huggingface/safetensors (README, "Format"): no key twice, tensors that
/// do not overlap, and every byte a tensor's.
struct SafetensorsHeader {
  /// A tensor as it lies in the content.
  struct Entry {
    let name: String, dtype: String, shape: [Int]
    /// Its bytes, from the start of the content.
    let range: Range<Int>
  }

  /// In name order.
  let entries: [Entry]
  /// The texts of `__metadata__`; what there is no text is left out.
  let metadata: [String: String]

  /// The header of the file at `path`, whose tensors fill `contentBytes` bytes.
  /// - Throws: `CSGError` 65 that names the tensors or bytes that are at fault.
  init(_ header: Data, contentBytes: Int, path: String) throws {
    // A zero byte would let the parser take the text for UTF-16.
    guard header.first == UInt8(ascii: "{"), !header.contains(0),
      String(data: header, encoding: .utf8) != nil,
      let object = try? JSONSerialization.jsonObject(with: header) as? [String: Any]
    else {
      throw CSGError.data(path, "is no safetensors file: its header is not a JSON object")
    }
    if let key = HeaderKeys.repeated(in: header) {
      throw CSGError.data(path, "its header holds the key '\(key)' twice")
    }
    let notes = object["__metadata__"] as? [String: Any] ?? [:]
    metadata = notes.compactMapValues { $0 as? String }
    entries = try object.keys.sorted().filter { $0 != "__metadata__" }.map { name in
      guard let fields = object[name] as? [String: Any], let dtype = fields["dtype"] as? String,
        let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int],
        offsets.count == 2, shape.allSatisfy({ $0 >= 0 })
      else { throw CSGError.data(path, "describes '\(name)' without dtype, shape and offsets") }
      guard shape.checkedProduct() != nil else {
        throw CSGError.data(path, "'\(name)' is too large")
      }
      guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= contentBytes else {
        throw CSGError.data(path, "'\(name)' lies outside the file, or is cut")
      }
      let entry = Entry(
        name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
      try entry.requireBytesOfItsShape(path: path)
      return entry
    }
    try requireEveryByteOnce(contentBytes: contentBytes, path: path)
  }

  private func requireEveryByteOnce(contentBytes: Int, path: String) throws {
    let ordered = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for (before, entry) in zip(ordered, ordered.dropFirst())
    where entry.range.lowerBound < before.range.upperBound {
      throw CSGError.data(
        path, "the bytes of '\(before.name)' and '\(entry.name)' overlap",
        remedy: "write each tensor with bytes of its own")
    }
    let ends = [0] + ordered.map(\.range.upperBound)
    let starts = ordered.map(\.range.lowerBound) + [contentBytes]
    for (end, start) in zip(ends, starts) where end < start {
      throw CSGError.data(
        path,
        "bytes \(end) to \(start - 1) of the \(contentBytes) after its header belong to no tensor",
        remedy: "fetch or write it again")
    }
  }
}

extension SafetensorsHeader.Entry {
  /// Of types that are not read the size is not known here.
  fileprivate func requireBytesOfItsShape(path: String) throws {
    guard let type = ElementType(rawValue: dtype) else { return }
    guard let expected = ([type.widthBytes] + shape).checkedProduct() else {
      throw CSGError.data(path, "'\(name)' is too large")
    }
    guard range.count == expected else {
      throw CSGError.data(
        path, "'\(name)' has \(range.count) bytes, but \(dtype) \(shape) takes \(expected)")
    }
  }

  /// The elements as Float, of the file's content.
  /// - Throws: `CSGError` 65 that names tensor, type and, where one is no Float, the element.
  func floats(_ content: [UInt8], path: String) throws -> [Float] {
    guard let type = ElementType(rawValue: dtype) else {
      throw CSGError.data(
        path, "'\(name)' is \(dtype), a type that is not read",
        remedy: "convert it to float32 before the import")
    }
    do throws(ElementType.Fault) {
      return try type.floats(content[range])
    } catch {
      let place = shape.place(of: error.index)
      throw CSGError.data(
        path, "'\(name)' (\(dtype)) holds \(error.value) at \(place), which \(error.reason)")
    }
  }
}
