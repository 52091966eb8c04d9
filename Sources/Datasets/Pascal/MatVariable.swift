import CMatIO
import Core

/// A variable of a MAT 5 file, or one within it: the one Swift door to matio. Class, extent and size
/// are checked before a value is used.
struct MatVariable {
  /// Frees the outermost variable, to which all within it belong.
  private final class Owner {
    let variable: UnsafeMutablePointer<matvar_t>
    init(_ variable: UnsafeMutablePointer<matvar_t>) { self.variable = variable }
    deinit { Mat_VarFree(variable) }
  }

  private let owner: Owner
  private let variable: UnsafeMutablePointer<matvar_t>
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
    try MatContainer.check(path)
    guard let file = Mat_Open(path, Int32(bitPattern: MAT_ACC_RDONLY.rawValue)) else {
      throw CSGError.data(path, "is no readable MAT file")
    }
    let variable = Mat_VarRead(file, name)
    guard Mat_Close(file) == 0, let variable else {
      throw CSGError.data(path, "has no readable variable '\(name)'")
    }
    try self.init(variable, of: Owner(variable), path: path, name: name)
  }

  private init(
    _ variable: UnsafeMutablePointer<matvar_t>, of owner: Owner, path: String, name: String
  ) throws {
    self.owner = owner
    self.variable = variable
    self.path = path
    self.name = name
    guard variable.pointee.rank == 2, let extent = variable.pointee.dims,
      let rows = Int(exactly: extent[0]), let columns = Int(exactly: extent[1]),
      [rows, columns].checkedProduct() != nil
    else { throw CSGError.data(path, "\(name) is no matrix") }
    (self.rows, self.columns) = (rows, columns)
  }

  private func require(_ kind: matio_classes, _ title: String, elementBytes: [Int32]) throws {
    let content = variable.pointee
    guard content.class_type == kind, content.isComplex == 0,
      elementBytes.contains(content.data_size),
      let bytes = [count, Int(content.data_size)].checkedProduct(),
      count == 0 || content.data != nil && bytes <= content.nbytes
    else { throw CSGError.data(path, "\(name) holds no \(title)") }
  }

  /// A field of each element of a structure, in MATLAB's order.
  func fields(_ field: String) throws -> [MatVariable] {
    guard count > 0 else { return [] }
    guard variable.pointee.class_type == MAT_C_STRUCT, variable.pointee.data != nil else {
      throw CSGError.data(path, "\(name) is no structure")
    }
    return try (0..<count).map { index in
      let full = count == 1 ? "\(name).\(field)" : "\(name)(\(index + 1)).\(field)"
      guard let inner = Mat_VarGetStructFieldByName(variable, field, index) else {
        throw CSGError.data(path, "has no \(full)")
      }
      return try MatVariable(inner, of: owner, path: path, name: full)
    }
  }

  /// The text of a row of characters.
  func text() throws -> String {
    try require(MAT_C_CHAR, "text", elementBytes: [1, 2])
    guard rows == 1, let data = variable.pointee.data else {
      throw CSGError.data(path, "\(name) holds no text")
    }
    if variable.pointee.data_size == 2 {
      let units = UnsafeBufferPointer(
        start: data.assumingMemoryBound(to: UInt16.self), count: count)
      return String(decoding: units, as: UTF16.self)
    }
    let units = UnsafeBufferPointer(start: data.assumingMemoryBound(to: UInt8.self), count: count)
    return String(decoding: units, as: UTF8.self)
  }

  /// A matrix of bytes or logicals [rows][columns].
  func bytes() throws -> [UInt8] {
    try require(MAT_C_UINT8, "bytes", elementBytes: [1])
    guard let data = variable.pointee.data else { return [] }
    let values = UnsafeBufferPointer(start: data.assumingMemoryBound(to: UInt8.self), count: count)
    var result = [UInt8](repeating: 0, count: count)
    for column in 0..<columns {
      for row in 0..<rows { result[row * columns + column] = values[column * rows + row] }
    }
    return result
  }
}
