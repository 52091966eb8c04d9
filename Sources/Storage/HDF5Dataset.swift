import CHDF5
import Core

/// A number that data sets hold.
package protocol HDF5Element: BitwiseCopyable {
  /// The library's type of this machine's representation.
  static var hdf5Type: hid_t { get }
  /// Zero.
  init()
}

extension UInt8: HDF5Element { package static var hdf5Type: hid_t { chdf5_native_uint8() } }
extension Int32: HDF5Element { package static var hdf5Type: hid_t { chdf5_native_int32() } }
extension Int64: HDF5Element { package static var hdf5Type: hid_t { chdf5_native_int64() } }
extension UInt64: HDF5Element { package static var hdf5Type: hid_t { chdf5_native_uint64() } }
extension Float: HDF5Element { package static var hdf5Type: hid_t { chdf5_native_float() } }
extension Double: HDF5Element { package static var hdf5Type: hid_t { chdf5_native_double() } }

/// An open data set.
public final class HDF5Dataset {
  /// Name within the file.
  public let name: String
  /// Elements along each axis.
  public private(set) var shape: [Int]
  /// Elements.
  public var count: Int { shape.reduce(1, *) }

  private let handle: HDF5Handle
  private let place: HDF5Place
  private var path: String { place.path }

  init(_ handle: HDF5Handle, name: String, shape: [Int], place: HDF5Place) {
    self.handle = handle
    self.name = name
    self.shape = shape
    self.place = place
  }

  /// Whether elements are stored as `Element`: same kind, size and sign.
  package func holds<Element: HDF5Element>(_: Element.Type) throws -> Bool {
    let type = try HDF5Handle(H5Dget_type(handle.id), H5Tclose, "H5Dget_type", place)
    let equal = H5Tequal(type.id, Element.hdf5Type)
    try HDF5Handle.check(equal, "H5Tequal", place)
    return equal > 0
  }

  private func require<Element: HDF5Element>(_ type: Element.Type) throws {
    guard try holds(type) else {
      throw CSGError.data(path, "\(name) does not hold \(Element.self)")
    }
  }

  /// Overwrites the whole data set.
  package func writeAll<Element: HDF5Element>(_ values: [Element]) throws {
    precondition(values.count == count, "\(values.count) values for \(count) places")
    guard !values.isEmpty else { return }
    try HDF5Handle.check(
      H5Dwrite(handle.id, Element.hdf5Type, 0, 0, 0, values), "H5Dwrite \(name)", place)
  }

  /// The whole data set.
  /// - Throws: `CSGError` 65 where it holds another type or fails its checksum.
  package func readAll<Element: HDF5Element>(_ type: Element.Type) throws -> [Element] {
    try HDF5File.silenceThread()
    try require(type)
    var values = [Element](repeating: Element(), count: count)
    guard count > 0 else { return values }
    guard H5Dread(handle.id, Element.hdf5Type, 0, 0, 0, &values) >= 0 else {
      throw CSGError.data(path, "\(name) cannot be read: it is damaged")
    }
    return values
  }

  /// Elements of one index of the first axis.
  public var rowCount: Int { shape.dropFirst().reduce(1, *) }

  /// Changes the number of rows: to more where the data set is growable, or to fewer.
  package func resize(rows: Int) throws {
    let extent = [hsize_t(rows)] + shape.dropFirst().map { hsize_t($0) }
    try HDF5Handle.check(H5Dset_extent(handle.id, extent), "H5Dset_extent \(name)", place)
    shape[0] = rows
  }

  /// Adds rows at the end of a growable data set.
  package func append<Element: HDF5Element>(_ values: [Element]) throws {
    let rows = shape[0]..<shape[0] + values.count / rowCount
    try resize(rows: rows.upperBound)
    try writeRows(rows, values[...])
  }

  /// Overwrites one index of the first axis.
  package func writeRow<Element: HDF5Element>(_ row: Int, _ values: ArraySlice<Element>) throws {
    try writeRows(row..<row + 1, values)
  }

  private func writeRows<Element: HDF5Element>(_ rows: Range<Int>, _ values: ArraySlice<Element>)
    throws
  {
    precondition(
      values.count == rows.count * rowCount,
      "\(values.count) values for \(rows.count) rows of \(rowCount)")
    guard !values.isEmpty else { return }
    let (memory, space) = try spaces(rows)
    let code = values.withUnsafeBufferPointer {
      H5Dwrite(handle.id, Element.hdf5Type, memory.id, space.id, 0, $0.baseAddress)
    }
    try HDF5Handle.check(code, "H5Dwrite \(name)", place)
  }

  /// Overwrites `values` by one index of the first axis. The caller has asked `holds` once.
  /// - Throws: `CSGError` 65 where the chunk fails its checksum.
  package func readRow<Element: HDF5Element>(_ row: Int, into values: inout [Element]) throws {
    try readRows(row..<row + 1, into: &values)
  }

  /// Overwrites `values` by indices of the first axis. The caller has asked `holds` once.
  /// - Throws: `CSGError` 65 where a chunk fails its checksum.
  package func readRows<Element: HDF5Element>(_ rows: Range<Int>, into values: inout [Element])
    throws
  {
    precondition(
      values.count == rows.count * rowCount,
      "\(values.count) places for \(rows.count) rows of \(rowCount)")
    guard !values.isEmpty else { return }
    let (memory, space) = try spaces(rows)
    guard H5Dread(handle.id, Element.hdf5Type, memory.id, space.id, 0, &values) >= 0 else {
      throw CSGError.data(path, "\(name)[\(rows.lowerBound)] cannot be read: it is damaged")
    }
  }

  /// The bytes of a data set of texts.
  func write(texts bytes: [UInt8], type: hid_t) throws {
    guard count > 0 else { return }
    try HDF5Handle.check(H5Dwrite(handle.id, type, 0, 0, 0, bytes), "H5Dwrite \(name)", place)
  }

  /// All texts of a data set that `HDF5File.write(texts:to:)` made.
  /// - Throws: `CSGError` 65 where it holds something else or is damaged.
  package func readTexts() throws -> [String] {
    try HDF5File.silenceThread()
    let type = try HDF5Handle(H5Dget_type(handle.id), H5Tclose, "H5Dget_type", place)
    let width = H5Tget_size(type.id)
    guard H5Tget_class(type.id) == H5T_STRING, H5Tis_variable_str(type.id) == 0, shape.count == 1,
      (1...Self.longestText).contains(width)
    else { throw CSGError.data(path, "\(name) does not hold texts") }
    var bytes = [UInt8](repeating: 0, count: count * width)
    guard count == 0 || H5Dread(handle.id, type.id, 0, 0, 0, &bytes) >= 0 else {
      throw CSGError.data(path, "\(name) cannot be read: it is damaged")
    }
    return try (0..<count).map { row in
      let text = bytes[row * width..<(row + 1) * width].prefix { $0 != 0 }
      guard let text = String(bytes: text, encoding: .utf8) else {
        throw CSGError.data(path, "\(name)[\(row)] is not UTF-8 text")
      }
      return text
    }
  }

  /// Bytes of a text that are believed.
  private static let longestText = 1 << 16

  private func spaces(_ rows: Range<Int>) throws -> (memory: HDF5Handle, file: HDF5Handle) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= (shape.first ?? 0), "rows \(rows) of \(shape)")
    try HDF5File.silenceThread()
    let file = try HDF5Handle(H5Dget_space(handle.id), H5Sclose, "H5Dget_space", place)
    var start = [hsize_t](repeating: 0, count: shape.count)
    start[0] = hsize_t(rows.lowerBound)
    let extent = [hsize_t(rows.count)] + shape.dropFirst().map { hsize_t($0) }
    try HDF5Handle.check(
      H5Sselect_hyperslab(file.id, H5S_SELECT_SET, start, nil, extent, nil),
      "H5Sselect_hyperslab", place)
    let memory = try HDF5Handle(
      H5Screate_simple(Int32(shape.count), extent, nil), H5Sclose, "H5Screate_simple", place)
    return (memory, file)
  }
}
