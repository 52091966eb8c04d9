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
  public let shape: [Int]
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

  /// Overwrites one index of the first axis.
  package func writeRow<Element: HDF5Element>(_ row: Int, _ values: ArraySlice<Element>) throws {
    precondition(values.count == rowCount, "\(values.count) values for a row of \(rowCount)")
    let (memory, space) = try rowSpaces(row)
    let code = values.withUnsafeBufferPointer {
      H5Dwrite(handle.id, Element.hdf5Type, memory.id, space.id, 0, $0.baseAddress)
    }
    try HDF5Handle.check(code, "H5Dwrite \(name)", place)
  }

  /// Overwrites `values` by one index of the first axis. The caller has asked `holds` once.
  /// - Throws: `CSGError` 65 where the chunk fails its checksum.
  package func readRow<Element: HDF5Element>(_ row: Int, into values: inout [Element]) throws {
    precondition(values.count == rowCount, "\(values.count) places for a row of \(rowCount)")
    let (memory, space) = try rowSpaces(row)
    guard H5Dread(handle.id, Element.hdf5Type, memory.id, space.id, 0, &values) >= 0 else {
      throw CSGError.data(path, "\(name)[\(row)] cannot be read: it is damaged")
    }
  }

  private func rowSpaces(_ row: Int) throws -> (memory: HDF5Handle, file: HDF5Handle) {
    precondition(row >= 0 && row < (shape.first ?? 0), "row \(row) of \(shape)")
    try HDF5File.silenceThread()
    let file = try HDF5Handle(H5Dget_space(handle.id), H5Sclose, "H5Dget_space", place)
    var start = [hsize_t](repeating: 0, count: shape.count)
    start[0] = hsize_t(row)
    let extent = [1] + shape.dropFirst().map { hsize_t($0) }
    try HDF5Handle.check(
      H5Sselect_hyperslab(file.id, H5S_SELECT_SET, start, nil, extent, nil),
      "H5Sselect_hyperslab", place)
    let memory = try HDF5Handle(
      H5Screate_simple(Int32(shape.count), extent, nil), H5Sclose, "H5Screate_simple", place)
    return (memory, file)
  }
}
