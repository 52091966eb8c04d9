import CHDF5
import Core
import Foundation

/// An HDF5 file: the one Swift door to the library.
///
/// Every handle is closed when its owner goes, every return code is checked, and every size is
/// compared with the file's before memory is taken for it. New files use the format of HDF5 1.10,
/// whose metadata carry checksums. The library must be built thread-safe, as Debian's is: a prefetch
/// thread reads while another saves. Several threads may read the data sets of one file.
public final class HDF5File {
  /// Where it lies.
  public var path: String { place.path }
  let place: HDF5Place
  let file: HDF5Handle
  /// Size of a file that is read: no size within is believed beyond it.
  let bytes: Int

  /// Creates a file that must not exist yet.
  /// - Throws: `CSGError` 73.
  public init(creating path: String) throws {
    place = HDF5Place(path: path, isReading: false)
    bytes = .max
    try Self.prepareLibrary()
    let access = try HDF5Handle(H5Pcreate(chdf5_file_access()), H5Pclose, "H5Pcreate", place)
    try HDF5Handle.check(
      H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110), "H5Pset_libver_bounds",
      place)
    // close() closes all that is open within, so that its code speaks for everything written.
    try HDF5Handle.check(
      H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), "H5Pset_fclose_degree", place)
    let creation = try Self.compact(chdf5_file_create(), place)
    let id = H5Fcreate(path, chdf5_exclusive(), creation.id, access.id)
    guard id >= 0 else {
      throw CSGError(.cannotCreate, "\(path): cannot be created", remedy: "check folder and rights")
    }
    file = HDF5Handle(owning: id, H5Fclose)
  }

  /// Opens a file that is there, to change a whole-number attribute before it is published.
  /// - Throws: `CSGError` 74.
  public init(updating path: String) throws {
    place = HDF5Place(path: path, isReading: false)
    bytes = .max
    try Self.prepareLibrary()
    file = try HDF5Handle(H5Fopen(path, chdf5_read_write(), 0), H5Fclose, "H5Fopen", place)
  }

  /// Opens a file for reading.
  /// - Throws: `CSGError` 66 where it cannot be opened at all, 65 where it is not HDF5.
  public init(reading path: String) throws {
    place = HDF5Place(path: path, isReading: true)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 && errno == EMFILE {
      throw CSGError(
        .inputOutput, "\(path): too many open files", remedy: "raise the limit (ulimit -n)")
    }
    defer { _ = Foundation.close(descriptor) }
    var information = stat()
    guard descriptor >= 0, fstat(descriptor, &information) == 0 else {
      throw CSGError(.noInput, "\(path): no such file, or not readable")
    }
    bytes = Int(information.st_size)
    try Self.prepareLibrary()
    let id = H5Fopen(path, chdf5_read_only(), 0)
    guard id >= 0 else { throw CSGError.data(path, "is not a readable HDF5 file, or is damaged") }
    file = HDF5Handle(owning: id, H5Fclose)
  }

  /// Opens the library, silences its own error print-outs on this thread, and leaves locks alone:
  /// files are complete before they get their name, and network file systems may lack locks.
  private static func prepareLibrary() throws {
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0)
    try HDF5Handle.check(H5open(), "H5open", .library)
    try silenceThread()
    guard try libraryVersion().isThreadSafe else {
      throw CSGError(
        .failure, "HDF5 is built without thread safety", remedy: "install Debian's libhdf5-dev")
    }
  }

  /// Silences the library's print-outs on the calling thread: each thread has a setting of its own.
  static func silenceThread() throws {
    try HDF5Handle.check(H5Eset_auto2(0, nil, nil), "H5Eset_auto2", .library)
  }

  /// Version of the library, and whether it is built for threads.
  public static func libraryVersion() throws -> (version: String, isThreadSafe: Bool) {
    var major: UInt32 = 0
    var minor: UInt32 = 0
    var release: UInt32 = 0
    try HDF5Handle.check(H5get_libversion(&major, &minor, &release), "H5get_libversion", .library)
    var isThreadSafe = false
    try HDF5Handle.check(
      H5is_library_threadsafe(&isThreadSafe), "H5is_library_threadsafe", .library)
    return ("\(major).\(minor).\(release)", isThreadSafe)
  }

  // MARK: Data sets

  /// Creates a data set, and the groups that its name needs. With `chunk` it is stored in chunks,
  /// each with a Fletcher-32 checksum; then it may be `growable` along its first axis.
  package func createDataset<Element: HDF5Element>(
    _ name: String, of _: Element.Type, shape: [Int], chunk: [Int]? = nil, growable: Bool = false
  ) throws -> HDF5Dataset {
    try createDataset(
      name, type: Element.hdf5Type, shape: shape, chunk: chunk, growable: growable)
  }

  private func createDataset(
    _ name: String, type: hid_t, shape: [Int], chunk: [Int]?, growable: Bool = false
  ) throws -> HDF5Dataset {
    try createGroups(above: name)
    let creation = try HDF5Handle(H5Pcreate(chdf5_dataset_create()), H5Pclose, "H5Pcreate", place)
    // Equal content makes equal files, whenever they are written.
    try HDF5Handle.check(
      H5Pset_obj_track_times(creation.id, false), "H5Pset_obj_track_times", place)
    if let chunk {
      let extent = chunk.map { hsize_t($0) }
      try HDF5Handle.check(
        H5Pset_chunk(creation.id, Int32(chunk.count), extent), "H5Pset_chunk", place)
      try HDF5Handle.check(H5Pset_fletcher32(creation.id), "H5Pset_fletcher32", place)
    }
    let extent = shape.map { hsize_t($0) }
    var most = extent
    if growable { most[0] = chdf5_unlimited() }
    let space = try HDF5Handle(
      H5Screate_simple(Int32(shape.count), extent, most), H5Sclose, "H5Screate_simple", place)
    let id = H5Dcreate2(file.id, name, type, space.id, 0, creation.id, 0)
    let handle = try HDF5Handle(id, H5Dclose, "H5Dcreate2 \(name)", place)
    return HDF5Dataset(handle, name: name, shape: shape, place: place)
  }

  /// Creates the groups that a data set's name needs.
  private func createGroups(above name: String) throws {
    let parts = name.split(separator: "/").dropLast()
    for depth in parts.indices {
      let group = parts[...depth].joined(separator: "/")
      let exists = H5Lexists(file.id, group, 0)
      try HDF5Handle.check(exists, "H5Lexists \(group)", place)
      if exists > 0 { continue }
      let creation = try Self.compact(chdf5_group_create(), place)
      _ = try HDF5Handle(
        H5Gcreate2(file.id, group, 0, creation.id, 0), H5Gclose, "H5Gcreate2 \(group)", place)
    }
  }

  /// A creation list that keeps links and attributes in object headers, which carry checksums.
  /// The library moves more than eight of them into heaps that have none, and 1.10.8 frees wild
  /// pointers (H5G__link_release_table) where a link in such a heap is damaged.
  private static func compact(_ kind: hid_t, _ place: HDF5Place) throws -> HDF5Handle {
    let list = try HDF5Handle(H5Pcreate(kind), H5Pclose, "H5Pcreate", place)
    try HDF5Handle.check(H5Pset_obj_track_times(list.id, false), "H5Pset_obj_track_times", place)
    try HDF5Handle.check(
      H5Pset_link_phase_change(list.id, 65_535, 65_535), "H5Pset_link_phase_change", place)
    try HDF5Handle.check(
      H5Pset_attr_phase_change(list.id, 65_535, 65_535), "H5Pset_attr_phase_change", place)
    return list
  }

  /// Creates a data set that holds `values`.
  package func write<Element: HDF5Element>(_ values: [Element], shape: [Int], to name: String)
    throws
  {
    let dataset = try createDataset(name, of: Element.self, shape: shape)
    try dataset.writeAll(values)
  }

  /// Creates a data set of texts: UTF-8, padded by zero bytes to the longest, in one chunk.
  package func write(texts: [String], to name: String) throws {
    let width = max(texts.map(\.utf8.count).max() ?? 0, 1)
    let type = try textType(bytes: width)
    let dataset = try createDataset(
      name, type: type.id, shape: [texts.count], chunk: texts.isEmpty ? nil : [texts.count])
    let bytes = texts.flatMap { Array($0.utf8) + Array(repeating: 0, count: width - $0.utf8.count) }
    try dataset.write(texts: bytes, type: type.id)
  }

  /// A fixed-length UTF-8 text.
  func textType(bytes: Int) throws -> HDF5Handle {
    let type = try HDF5Handle(H5Tcopy(chdf5_c_string()), H5Tclose, "H5Tcopy", place)
    try HDF5Handle.check(H5Tset_size(type.id, bytes), "H5Tset_size", place)
    try HDF5Handle.check(H5Tset_strpad(type.id, H5T_STR_NULLPAD), "H5Tset_strpad", place)
    try HDF5Handle.check(H5Tset_cset(type.id, H5T_CSET_UTF8), "H5Tset_cset", place)
    return type
  }

  /// Opens a data set.
  /// - Throws: `CSGError` 65 where it is missing, or larger than the file.
  public func dataset(_ name: String) throws -> HDF5Dataset {
    let access = try HDF5Handle(H5Pcreate(chdf5_dataset_access()), H5Pclose, "H5Pcreate", place)
    // Samples are read once an epoch: a cache of chunks would only copy.
    try HDF5Handle.check(H5Pset_chunk_cache(access.id, 1, 0, 1), "H5Pset_chunk_cache", place)
    let id = H5Dopen2(file.id, name, access.id)
    guard id >= 0 else { throw CSGError.data(path, "has no data set '\(name)'") }
    let handle = HDF5Handle(owning: id, H5Dclose)
    let space = try HDF5Handle(H5Dget_space(id), H5Sclose, "H5Dget_space", place)
    let rank = H5Sget_simple_extent_ndims(space.id)
    guard rank >= 0 && rank <= 8 else { throw CSGError.data(path, "\(name) has \(rank) axes") }
    var extent = [hsize_t](repeating: 0, count: max(Int(rank), 1))
    try HDF5Handle.check(
      H5Sget_simple_extent_dims(space.id, &extent, nil), "H5Sget_simple_extent_dims", place)
    let shape = extent.prefix(Int(rank)).map { Int(clamping: $0) }
    guard let elements = shape.checkedProduct(), elements <= bytes else {
      throw CSGError.data(path, "\(name) claims more elements than the file has bytes")
    }
    return HDF5Dataset(handle, name: name, shape: shape, place: place)
  }

  /// The names of all data sets, in order.
  public func datasetNames() throws -> [String] {
    var names: [String] = []
    let code = withUnsafeMutablePointer(to: &names) { names in
      chdf5_visit_links(
        file.id,
        { name, context in
          guard let name, let context else { return -1 }
          context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          return 0
        }, names)
    }
    try HDF5Handle.check(code, "H5Lvisit", place)
    return try names.filter { name in
      let object = try HDF5Handle(H5Oopen(file.id, name, 0), H5Oclose, "H5Oopen \(name)", place)
      return H5Iget_type(object.id) == H5I_DATASET
    }.sorted()
  }

  /// Writes everything out and closes the file; it may not be used any more.
  public func close() throws {
    try HDF5Handle.check(H5Fflush(file.id, H5F_SCOPE_LOCAL), "H5Fflush", place)
    try file.close("H5Fclose", place)
  }
}
