import Core

/// A variable of a MAT 5 file, or one within it: a structure, a row of characters, or a matrix of bytes,
/// which is what PASCAL-Part's annotations are made of.
///
/// Nothing is read before it is asked for. Class, extent and size are checked before a value is used, and
/// no work or memory exceeds what the bytes of the file call for.
///
/// Source: MathWorks, "MAT-File Format", MAT-File Level 5, "miMATRIX".
struct MatVariable {
  /// Classes of arrays.
  private enum Class: UInt32 { case structure = 2, text = 4, bytes = 9 }
  private static let complex: UInt32 = 0x800

  private let content: [UInt8]
  /// What follows flags, extent and name.
  private let values: Range<Int>
  private let kind: Class?
  private let path: String
  /// As MATLAB writes it: `anno.objects(2).mask`.
  private let name: String
  /// Rows and columns.
  let rows: Int, columns: Int

  /// Elements.
  var count: Int { rows * columns }

  /// Reads the variable `name` of a file.
  /// - Throws: `CSGError` 66 where the file cannot be read, 65 where it is damaged or has no such
  ///   variable.
  init(reading name: String, from path: String) throws {
    for content in try MatContainer.variables(of: path) {
      var rest = content.indices
      guard let element = MatElement(takenOff: &rest, of: content), element.kind == .matrix else {
        throw CSGError.data(path, "holds an element that is no variable")
      }
      if try Self.header(element, content, path: path, name: name).name == name {
        try self.init(element, of: content, path: path, name: name)
        return
      }
    }
    throw CSGError.data(path, "has no variable '\(name)'")
  }

  private init(_ element: MatElement, of content: [UInt8], path: String, name: String) throws {
    self.content = content
    self.path = path
    self.name = name
    guard !element.content.isEmpty else {
      // What MATLAB never filled.
      (kind, values, rows, columns) = (nil, element.content, 0, 0)
      return
    }
    let header = try Self.header(element, content, path: path, name: name)
    guard header.extent.count == 2,
      case let extent = header.extent.map({ Int(Int32(bitPattern: $0)) }),
      extent.allSatisfy({ $0 >= 0 }), extent.checkedProduct() != nil
    else { throw CSGError.data(path, "\(name) is no matrix") }
    (rows, columns) = (extent[0], extent[1])
    // No class that is asked for has an imaginary part.
    kind = header.flags & Self.complex == 0 ? Class(rawValue: header.flags & 0xFF) : nil
    values = header.rest
  }

  /// Flags and class, extent, and name of a matrix, and what follows them.
  private static func header(
    _ element: MatElement, _ content: [UInt8], path: String, name: String
  ) throws -> (flags: UInt32, extent: [UInt32], name: String, rest: Range<Int>) {
    var rest = element.content
    guard
      let flags = MatElement(takenOff: &rest, of: content)?.words(.uint32, of: content),
      flags.count == 2,
      let extent = MatElement(takenOff: &rest, of: content)?.words(.int32, of: content),
      let title = MatElement(takenOff: &rest, of: content), title.kind == .int8
    else { throw CSGError.data(path, "\(name) has no header of a matrix") }
    return (flags[0], extent, String(decoding: content[title.content], as: UTF8.self), rest)
  }

  private func foreign(_ title: String) -> CSGError {
    CSGError.data(path, "\(name) holds no \(title)")
  }

  /// A field of each element of a structure, in MATLAB's order.
  func fields(_ field: String) throws -> [MatVariable] {
    guard count > 0 else { return [] }
    func full(_ index: Int) -> String {
      count == 1 ? "\(name).\(field)" : "\(name)(\(index + 1)).\(field)"
    }
    var rest = values
    guard kind == .structure,
      let width = MatElement(takenOff: &rest, of: content)?.words(.int32, of: content)?.first,
      let names = MatElement(takenOff: &rest, of: content), names.kind == .int8,
      width > 0, names.content.count.isMultiple(of: Int(width))
    else { throw CSGError.data(path, "\(name) is no structure") }
    let starts = stride(
      from: names.content.lowerBound, to: names.content.upperBound, by: Int(width))
    let titles = starts.map { content[$0..<$0 + Int(width)].prefix { $0 != 0 } }
    guard let place = titles.firstIndex(where: { $0.elementsEqual(field.utf8) }) else {
      throw CSGError.data(path, "has no \(full(0))")
    }
    // Each field of each element has a tag of eight bytes at least.
    guard let tags = [count, titles.count, 8].checkedProduct(), tags <= rest.count else {
      throw CSGError.data(path, "\(name) promises \(count) elements, more than it holds")
    }
    var found: [MatVariable] = []
    for index in 0..<count {
      for other in titles.indices {
        guard let element = MatElement(takenOff: &rest, of: content), element.kind == .matrix else {
          throw CSGError.data(path, "has no \(full(index))")
        }
        guard other == place else { continue }
        found.append(try MatVariable(element, of: content, path: path, name: full(index)))
      }
    }
    return found
  }

  /// The text of a row of characters.
  func text() throws -> String {
    var rest = values
    guard kind == .text, rows == 1, let element = MatElement(takenOff: &rest, of: content) else {
      throw foreign("text")
    }
    let bytes = content[element.content]
    switch element.kind {
    case .utf8:
      // The extent counts characters here.
      if let text = String(validating: bytes, as: UTF8.self) { return text }
    case .int8, .uint8:
      if bytes.count == count, let text = String(validating: bytes, as: UTF8.self) { return text }
    case .uint16, .utf16:
      guard bytes.count == 2 * count else { break }
      let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map {
        UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
      }
      if let text = String(validating: units, as: UTF16.self) { return text }
    default: break
    }
    throw foreign("text")
  }

  /// A matrix of bytes or logicals [rows][columns].
  func bytes() throws -> [UInt8] {
    guard kind == .bytes else { throw foreign("bytes") }
    guard count > 0 else { return [] }
    var rest = values
    guard let element = MatElement(takenOff: &rest, of: content), element.kind == .uint8,
      element.content.count == count
    else { throw foreign("bytes") }
    let start = element.content.lowerBound
    var result = [UInt8](repeating: 0, count: count)
    for column in 0..<columns {
      for row in 0..<rows { result[row * columns + column] = content[start + column * rows + row] }
    }
    return result
  }
}
