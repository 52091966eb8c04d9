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
package final class HDF5Dataset {
  /// Name within the file.
  package let name: String
  /// Elements along each axis.
  package private(set) var shape: [Int]
  /// Elements.
  package var count: Int { shape.reduce(1, *) }

  private let handle: HDF5Handle
  private let place: HDF5Place
  private var path: String { place.path }

  init(_ handle: HDF5Handle, name: String, shape: [Int], place: HDF5Place) {
    self.handle = handle
    self.name = name
    self.shape = shape
    self.place = place
  }

  /// Closes a data set that was written, so that nothing of it is held back any more.
  package func close() throws { try handle.close("H5Dclose \(name)", place) }

  /// Filters that stored chunks may have passed: those of the library itself.
  private static let knownFilters = [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32]
  /// By how much deflate unpacks at most (zlib's technical details: 1032 : 1).
  private static let mostGrowth = 1032
  /// Bytes of a chunk that are believed beyond the file's own: packed ones grow in memory.
  private static let largestChunk = 1 << 26

  /// Checks where the elements lie before one is read: in this file, in chunks that fit memory.
  /// - Throws: `CSGError` 65 for external and virtual storage, foreign filters and contradictory sizes.
  func requireOwnStorage(fileBytes: Int) throws {
    let creation = try HDF5Handle(
      H5Dget_create_plist(handle.id), H5Pclose, "H5Dget_create_plist", place)
    let external = H5Pget_external_count(creation.id)
    try HDF5Handle.check(external, "H5Pget_external_count", place)
    guard external == 0 else {
      throw CSGError.data(path, "\(name) lies in another file, which is not followed")
    }
    let layout = H5Pget_layout(creation.id)
    try HDF5Handle.check(layout.rawValue, "H5Pget_layout", place)
    let type = try HDF5Handle(H5Dget_type(handle.id), H5Tclose, "H5Dget_type", place)
    let width = H5Tget_size(type.id)
    let packed = try filters(creation)
    let growth = packed.contains(H5Z_FILTER_DEFLATE) ? Self.mostGrowth : 1
    guard let stored = [count, width].checkedProduct(), stored / growth <= fileBytes else {
      throw CSGError.data(path, "\(name) claims more bytes than the file has")
    }
    switch layout {
    case H5D_COMPACT: break
    case H5D_CONTIGUOUS:
      let start = H5Dget_offset(handle.id)  // all ones: nothing was ever stored
      guard count == 0 || start <= UInt64(fileBytes - stored) else {
        throw CSGError.data(path, "\(name) lies beyond the end of the file")
      }
    case H5D_CHUNKED:
      var extent = [hsize_t](repeating: 0, count: max(shape.count, 1))
      try HDF5Handle.check(
        H5Pget_chunk(creation.id, Int32(extent.count), &extent), "H5Pget_chunk", place)
      let chunk = ([width] + extent.map { Int(clamping: $0) }).checkedProduct()
      guard let chunk, chunk <= max(fileBytes, Self.largestChunk) else {
        throw CSGError.data(path, "\(name) claims chunks of more bytes than the file has")
      }
    default: throw CSGError.data(path, "\(name) is put together from other data sets")
    }
  }

  /// The filters that a data set's chunks have passed.
  /// - Throws: `CSGError` 65 where one is not the library's own.
  private func filters(_ creation: HDF5Handle) throws -> [H5Z_filter_t] {
    let count = H5Pget_nfilters(creation.id)
    try HDF5Handle.check(count, "H5Pget_nfilters", place)
    return try (0..<UInt32(count)).map { index in
      let filter = H5Pget_filter2(creation.id, index, nil, nil, nil, 0, nil, nil)
      try HDF5Handle.check(filter, "H5Pget_filter2", place)
      guard Self.knownFilters.contains(filter) else {
        throw CSGError.data(path, "\(name) is packed by the filter \(filter), which is not known")
      }
      return filter
    }
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
    try checkRead(H5Dread(handle.id, Element.hdf5Type, 0, 0, 0, &values), name)
    return values
  }

  private func checkRead(_ code: herr_t, _ what: String) throws {
    guard code < 0 else { return }
    throw place.fault("H5Dread \(what)", damage: "\(what) cannot be read: it is damaged")
  }

  /// The XXH3-128 of all elements as they are stored, of whatever kind.
  func storedDigest() throws -> Digest {
    let type = try HDF5Handle(H5Dget_type(handle.id), H5Tclose, "H5Dget_type", place)
    var bytes = [UInt8](repeating: 0, count: count * H5Tget_size(type.id))
    if count > 0 { try checkRead(H5Dread(handle.id, type.id, 0, 0, 0, &bytes), name) }
    let builder = DigestBuilder()
    builder.update(bytes)
    return builder.digest()
  }

  /// Elements of one index of the first axis.
  package var rowCount: Int { shape.dropFirst().reduce(1, *) }

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
    try checkRead(
      H5Dread(handle.id, Element.hdf5Type, memory.id, space.id, 0, &values),
      "\(name)[\(rows.lowerBound)]")
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
    if count > 0 {
      try checkRead(H5Dread(handle.id, type.id, 0, 0, 0, &bytes), name)
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
