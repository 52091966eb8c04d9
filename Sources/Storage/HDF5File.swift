import CHDF5
import Core
import Foundation

/// An HDF5 file: the one Swift door to the library.
///
/// Every handle is closed when its owner goes, every return code is checked, and every size is
/// compared with the file's before memory is taken for it. New files use the format of HDF5 1.10,
/// whose metadata carry checksums. The library must be built thread-safe, as Debian's is: a prefetch
/// thread reads while another saves. Several threads may read the data sets of one file.
package final class HDF5File {
  /// Where it lies.
  package var path: String { place.path }
  let place: HDF5Place
  let file: HDF5Handle
  /// Size of a file that is read: no size within is believed beyond it.
  let bytes: Int
  /// Data sets that were written whole, and the digest of what was meant.
  private var written: [(name: String, digest: Digest)] = []

  /// Creates a file that must not exist yet; errors call it `name`, that of the file it is to become.
  /// - Throws: `CSGError` 73, or 74 where the system cannot.
  package init(creating path: String, named name: String? = nil) throws {
    place = HDF5Place(path: name ?? path, isReading: false)
    bytes = .max
    try Self.prepareLibrary()
    let access = try Self.access(place)
    let creation = try Self.compact(chdf5_file_create(), place)
    let id = H5Fcreate(path, chdf5_exclusive(), creation.id, access.id)
    guard id >= 0 else { throw place.fault("H5Fcreate", refused: .cannotCreate) }
    file = HDF5Handle(owning: id, H5Fclose)
  }

  /// Opens a file that is there, to add to it or change it before it is published; errors call it `name`.
  /// - Throws: `CSGError` 74.
  package init(updating path: String, named name: String? = nil) throws {
    place = HDF5Place(path: name ?? path, isReading: false)
    bytes = .max
    try Self.prepareLibrary()
    let access = try Self.access(place)
    file = try HDF5Handle(H5Fopen(path, chdf5_read_write(), access.id), H5Fclose, "H5Fopen", place)
  }

  /// How a file is opened for writing: in the format of HDF5 1.10; and closed, where a fault has left
  /// objects open, all the same.
  private static func access(_ place: HDF5Place) throws -> HDF5Handle {
    let access = try HDF5Handle(H5Pcreate(chdf5_file_access()), H5Pclose, "H5Pcreate", place)
    try HDF5Handle.check(
      H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110), "H5Pset_libver_bounds",
      place)
    try HDF5Handle.check(
      H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), "H5Pset_fclose_degree", place)
    return access
  }

  /// Opens a file for reading; errors call it `name`.
  /// - Throws: `CSGError` 66 where there is none or it may not be read, 65 where it is not HDF5, 74
  ///   where the system cannot open or read it.
  package init(reading path: String, named name: String? = nil) throws {
    place = HDF5Place(path: name ?? path, isReading: true)
    guard let kind = try FileSystem.kind(of: path), let size = try FileSystem.size(of: path) else {
      throw CSGError(.noInput, "\(place.path): no such file")
    }
    guard kind == .file else {
      throw CSGError.data(place.path, "is no file, but a folder or device")
    }
    bytes = size
    try Self.prepareLibrary()
    errno = 0
    let id = H5Fopen(path, chdf5_read_only(), 0)
    let systemError = errno
    guard id >= 0 else {
      let fault = place.fault("H5Fopen", systemError: systemError)
      guard fault.exitCode == .data else { throw fault }
      throw CSGError.data(
        place.path,
        "is not a readable HDF5 file, or is damaged: \(fault.message.dropFirst(place.path.count + 2))"
      )
    }
    file = HDF5Handle(owning: id, H5Fclose)
    try requireChecksums()
  }

  /// Whether the file at `path` begins as those that are written here do, the signature and superblock of HDF5 1.10; it
  /// may be damaged behind.
  /// - Throws: `CSGError` 66 where it may not be read, 74 where the system cannot.
  package static func isOfOurFormat(_ path: String) throws -> Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    return try FileSystem.start(of: path, count: signature.count + 1) == signature + [3]
  }

  /// Refuses files of HDF5's oldest formats, whose metadata have no checksums: on damaged ones the library
  /// crashes. Ours have superblock version 3.
  private func requireChecksums() throws {
    var information = H5F_info2_t()
    try HDF5Handle.check(H5Fget_info2(file.id, &information), "H5Fget_info2", place)
    guard information.super.version >= 2 else {
      throw CSGError.data(
        path,
        "is of an old HDF5 format without checksums (superblock \(information.super.version))",
        remedy: "use the file that csg-dist wrote, or rewrite it by h5repack --latest")
    }
  }

  /// Checks that the file is still as long as when it was opened: beyond an end that has moved, the
  /// library reads zeros.
  /// - Throws: `CSGError` 65 where it was cut.
  package func requireWhole() throws {
    var driver: UnsafeMutableRawPointer?
    try HDF5Handle.check(H5Fget_vfd_handle(file.id, 0, &driver), "H5Fget_vfd_handle", place)
    guard let descriptor = driver?.load(as: Int32.self) else { return }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      throw FileSystem.fault("look at", path, errno)
    }
    guard Int(information.st_size) >= bytes else {
      throw CSGError.data(
        path, "was cut to \(information.st_size) bytes while it was read; it had \(bytes)",
        remedy: "restore the file")
    }
  }

  /// Every file is closed by its owner. At the process's end the library would go through what a close
  /// has failed on, and 1.10.8 crashes there. To be called before all else; that it fails where another
  /// user of the library came first is no fault.
  private static let noExitHandler = H5dont_atexit()

  /// Opens the library, silences its own error print-outs on this thread, and leaves locks alone:
  /// files are complete before they get their name, and network file systems may lack locks.
  private static func prepareLibrary() throws {
    _ = noExitHandler
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
  package static func libraryVersion() throws -> (version: String, isThreadSafe: Bool) {
    _ = noExitHandler
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
      try HDF5Handle(
        H5Gcreate2(file.id, group, 0, creation.id, 0), H5Gclose, "H5Gcreate2 \(group)", place
      ).close("H5Gclose \(group)", place)
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

  /// Creates a data set that holds `values`, in chunks where `chunk` is given.
  package func write<Element: HDF5Element>(
    _ values: [Element], shape: [Int], chunk: [Int]? = nil, to name: String
  ) throws {
    let dataset = try createDataset(name, of: Element.self, shape: shape, chunk: chunk)
    try dataset.writeAll(values)
    try dataset.close()
    note(name, values)
  }

  private func note<Element: BitwiseCopyable>(_ name: String, _ values: [Element]) {
    let builder = DigestBuilder()
    builder.update(values)
    written.append((name, builder.digest()))
  }

  /// Creates a data set of texts: UTF-8, padded by zero bytes to the longest, in one chunk.
  package func write(texts: [String], to name: String) throws {
    let width = max(texts.map(\.utf8.count).max() ?? 0, 1)
    let type = try textType(bytes: width)
    let dataset = try createDataset(
      name, type: type.id, shape: [texts.count], chunk: texts.isEmpty ? nil : [texts.count])
    let bytes = texts.flatMap { Array($0.utf8) + Array(repeating: 0, count: width - $0.utf8.count) }
    try dataset.write(texts: bytes, type: type.id)
    try dataset.close()
    note(name, bytes)
  }

  /// A fixed-length UTF-8 text.
  func textType(bytes: Int) throws -> HDF5Handle {
    let type = try HDF5Handle(H5Tcopy(chdf5_c_string()), H5Tclose, "H5Tcopy", place)
    try HDF5Handle.check(H5Tset_size(type.id, bytes), "H5Tset_size", place)
    try HDF5Handle.check(H5Tset_strpad(type.id, H5T_STR_NULLPAD), "H5Tset_strpad", place)
    try HDF5Handle.check(H5Tset_cset(type.id, H5T_CSET_UTF8), "H5Tset_cset", place)
    return type
  }

  /// Removes a data set of a file that is updated; its place in the file stays empty.
  package func remove(_ name: String) throws {
    try HDF5Handle.check(H5Ldelete(file.id, name, 0), "H5Ldelete \(name)", place)
  }

  /// Opens a data set, whose bytes all lie in this file.
  /// - Throws: `CSGError` 65 where it is missing, larger than the file, or lies elsewhere.
  package func dataset(_ name: String) throws -> HDF5Dataset {
    try requireOwn(name)
    let access = try HDF5Handle(H5Pcreate(chdf5_dataset_access()), H5Pclose, "H5Pcreate", place)
    // Samples are read once an epoch: a cache of chunks would only copy.
    try HDF5Handle.check(H5Pset_chunk_cache(access.id, 1, 0, 1), "H5Pset_chunk_cache", place)
    let id = H5Dopen2(file.id, name, access.id)
    guard id >= 0 else {
      throw place.fault("H5Dopen2 \(name)", damage: "\(name) cannot be opened: it is damaged")
    }
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
    let dataset = HDF5Dataset(handle, name: name, shape: shape, place: place)
    try dataset.requireOwnStorage(fileBytes: bytes)
    return dataset
  }

  /// Checks that a name, and each group above it, is this file's own: no soft link, and no link into
  /// another file.
  private func requireOwn(_ name: String) throws {
    let parts = name.split(separator: "/")
    for depth in parts.indices {
      let part = parts[...depth].joined(separator: "/")
      let exists = H5Lexists(file.id, part, 0)
      try HDF5Handle.check(exists, "H5Lexists \(part)", place)
      guard exists > 0 else { throw CSGError.data(path, "has no data set '\(name)'") }
      let isHard = chdf5_is_hard(file.id, part)
      try HDF5Handle.check(isHard, "H5Lget_info \(part)", place)
      guard isHard > 0 else {
        throw CSGError.data(path, "'\(part)' is a link, which is not followed")
      }
    }
  }

  /// The names of all data sets, in order.
  /// - Throws: `CSGError` 65 where there is anything but groups and data sets of the file's own.
  package func datasetNames() throws -> [String] {
    var links: [(name: String, isHard: Bool)] = []
    let code = withUnsafeMutablePointer(to: &links) { links in
      chdf5_visit_links(
        file.id,
        { name, isHard, context in
          guard let name, let context else { return -1 }
          context.assumingMemoryBound(to: [(name: String, isHard: Bool)].self).pointee
            .append((String(cString: name), isHard != 0))
          return 0
        }, links)
    }
    try HDF5Handle.check(code, "H5Lvisit", place)
    return try links.filter { name, isHard in
      guard isHard else {
        throw CSGError.data(path, "'\(name)' is a link, which is not followed")
      }
      let object = try HDF5Handle(H5Oopen(file.id, name, 0), H5Oclose, "H5Oopen \(name)", place)
      let kind = H5Iget_type(object.id)
      guard kind == H5I_DATASET || kind == H5I_GROUP else {
        throw CSGError.data(path, "'\(name)' is neither a data set nor a group")
      }
      return kind == H5I_DATASET
    }.map(\.name).sorted()
  }

  /// Writes everything out and closes the file; it may not be used any more. What was written through
  /// is closed before: a data set's own close tells what the library still held back of it.
  ///
  /// Where the file was created at `path`, it is then read back, and the data sets that were written
  /// whole are compared with what was meant.
  package func close(verifying path: String? = nil) throws {
    let kinds = UInt32(H5F_OBJ_DATASET | H5F_OBJ_ATTR | H5F_OBJ_GROUP)
    let open = H5Fget_obj_count(file.id, kinds)
    try HDF5Handle.check(open, "H5Fget_obj_count", place)
    precondition(place.isReading || open == 0, "\(self.path): \(open) objects are open still")
    try HDF5Handle.check(H5Fflush(file.id, H5F_SCOPE_LOCAL), "H5Fflush", place)
    try file.close("H5Fclose", place)
    guard let path else { return }
    let back = try HDF5File(reading: path, named: self.path)
    for (name, digest) in written {
      guard try back.dataset(name).storedDigest() == digest else {
        throw CSGError.notAsMeant(self.path, name)
      }
    }
  }
}

extension CSGError {
  /// A file that reads otherwise than it was written.
  package static func notAsMeant(_ path: String, _ what: String) -> CSGError {
    CSGError(
      .inputOutput, "\(path): \(what) reads otherwise than it was written", remedy: "check the disk"
    )
  }
}
