import CHDF5
import Core
import Foundation
import Storage
import TestSupport
import Testing

/// Files as other programs may make them, to be read by none: every door is tried with one that looks
/// like ours but leads elsewhere.
@Suite struct ForeignHDF5Tests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder("a.h5")
    let other = try HDF5File(creating: folder("other.h5"))
    try other.write([Int32](repeating: 7, count: 8), shape: [8], to: "labels")
    try other.close()
    try folder.write("secret", [UInt8](repeating: 9, count: 64))
  }

  /// Makes a file with the library's own calls, each of which must succeed.
  private func make(inFormatOf version: H5F_libver_t = H5F_LIBVER_V110, _ fill: (hid_t) -> [hid_t])
    throws
  {
    let access = H5Pcreate(chdf5_file_access())
    try #require(H5Pset_libver_bounds(access, version, H5F_LIBVER_V110) >= 0)
    let file = H5Fcreate(path, UInt32(H5F_ACC_TRUNC_value), 0, access)
    let handles = fill(file)
    try #require(file >= 0 && handles.allSatisfy { $0 >= 0 }, "\(handles)")
    try #require(H5Fflush(file, H5F_SCOPE_LOCAL) >= 0 && H5Fclose(file) >= 0)
  }

  /// H5F_ACC_TRUNC, which is a macro.
  private let H5F_ACC_TRUNC_value = 2

  private func space(_ extent: hsize_t...) -> hid_t {
    H5Screate_simple(Int32(extent.count), extent, nil)
  }

  private func expectRefused(_ text: String, _ dataset: String = "labels") throws {
    let error = #expect(throws: CSGError.self) {
      _ = try HDF5File(reading: path).dataset(dataset).readAll(Int32.self)
    }
    #expect(error?.exitCode == .data, "\(String(describing: error))")
    #expect(error?.message.contains(text) == true, "\(String(describing: error))")
  }

  @Test func aDatasetInAnotherFileIsNotRead() throws {
    try make { file in
      let creation = H5Pcreate(chdf5_dataset_create())
      let external = H5Pset_external(creation, folder("secret"), 0, 32)
      let set = H5Dcreate2(file, "labels", chdf5_native_int32(), space(8), 0, creation, 0)
      return [creation, hid_t(external), set, hid_t(H5Dclose(set))]
    }
    try expectRefused("lies in another file")
  }

  /// The metadata of the oldest format have no checksums.
  @Test func theOldestFormatIsRefused() throws {
    try make(inFormatOf: H5F_LIBVER_EARLIEST) { file in
      let set = H5Dcreate2(file, "labels", chdf5_native_int32(), space(8), 0, 0, 0)
      return [set, hid_t(H5Dclose(set))]
    }
    try expectRefused("old HDF5 format without checksums (superblock 0)")
  }

  @Test func linksAreNotFollowed() throws {
    try make { file in
      [
        hid_t(H5Lcreate_external(folder("other.h5"), "labels", file, "labels", 0, 0)),
        hid_t(H5Lcreate_external(folder("other.h5"), "/", file, "group", 0, 0)),
        hid_t(H5Lcreate_soft("/labels", file, "soft", 0, 0)),
      ]
    }
    for name in ["labels", "group/labels", "soft"] { try expectRefused("is a link", name) }
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: path).datasetNames() }
    #expect(error?.exitCode == .data && error?.message.contains("is a link") == true)
  }

  @Test func aVirtualDatasetIsNotRead() throws {
    try make { file in
      let creation = H5Pcreate(chdf5_dataset_create())
      let (here, there) = (space(8), space(8))
      let code = H5Pset_virtual(creation, here, folder("other.h5"), "labels", there)
      let set = H5Dcreate2(file, "labels", chdf5_native_int32(), here, 0, creation, 0)
      return [creation, hid_t(code), set, hid_t(H5Dclose(set))]
    }
    try expectRefused("put together from other data sets")
  }

  @Test func foreignFiltersAreRefused() throws {
    try make { file in
      let creation = H5Pcreate(chdf5_dataset_create())
      let chunk = H5Pset_chunk(creation, 1, [hsize_t(8)])
      let filter = H5Pset_scaleoffset(creation, H5Z_SO_INT, 0)
      let set = H5Dcreate2(file, "labels", chdf5_native_int32(), space(8), 0, creation, 0)
      let write = H5Dwrite(set, chdf5_native_int32(), 0, 0, 0, [Int32](repeating: 1, count: 8))
      return [creation, hid_t(chunk), hid_t(filter), set, hid_t(write), hid_t(H5Dclose(set))]
    }
    try expectRefused("packed by the filter 6")
  }

  /// Files that other tools packed hold the same numbers.
  @Test func theLibrarysOwnPackingIsRead() throws {
    let values = (0..<4096).map { Int32($0 % 50) }
    try make { file in
      let creation = H5Pcreate(chdf5_dataset_create())
      let codes = [
        H5Pset_chunk(creation, 1, [hsize_t(4096)]), H5Pset_shuffle(creation),
        H5Pset_deflate(creation, 1),
      ]
      let set = H5Dcreate2(file, "labels", chdf5_native_int32(), space(4096), 0, creation, 0)
      let write = H5Dwrite(set, chdf5_native_int32(), 0, 0, 0, values)
      return codes.map(hid_t.init) + [set, hid_t(write), hid_t(H5Dclose(set))]
    }
    // Elements are bounded by the file's bytes: this one is made longer, as by an unused end.
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    try folder.write("a.h5", bytes + [UInt8](repeating: 0, count: 8192))
    #expect(try HDF5File(reading: path).dataset("labels").readAll(Int32.self) == values)
  }

  @Test func anUnwrittenDatasetIsNoZeros() throws {
    try make { file in
      let set = H5Dcreate2(file, "labels", chdf5_native_int32(), space(8), 0, 0, 0)
      return [set, hid_t(H5Dclose(set))]
    }
    try expectRefused("beyond the end of the file")
  }

  /// One element's room, 20,000 elements: the reader's buffer overflowed.
  @Test func attributesOfManyElementsAreRefused() throws {
    try make { file in
      let type = H5Tcopy(chdf5_c_string())
      let size = H5Tset_size(type, 64)
      let texts = H5Acreate2(file, "format", type, space(900), 0, 0)
      let bytes = [UInt8](repeating: 65, count: 64 * 900)
      let first = H5Awrite(texts, type, bytes)
      let numbers = H5Acreate2(file, "version", chdf5_native_int64(), space(3), 0, 0)
      let second = H5Awrite(numbers, chdf5_native_int64(), [Int64](repeating: 1, count: 3))
      let none = H5Acreate2(file, "none", type, H5Screate(H5S_NULL), 0, 0)
      return [
        type, hid_t(size), texts, hid_t(first), numbers, hid_t(second), none,
        hid_t(H5Aclose(texts)), hid_t(H5Aclose(numbers)), hid_t(H5Aclose(none)),
      ]
    }
    let file = try HDF5File(reading: path)
    for (name, count) in [("format", "900"), ("version", "3"), ("none", "0")] {
      for read in [{ _ = try file.text(name) }, { _ = try file.number(name) }] {
        let error = #expect(throws: CSGError.self) { try read() }
        #expect(error?.exitCode == .data)
        #expect(error?.message.contains("attribute \(name) holds \(count) elements") == true)
      }
    }
  }

  @Test func otherKindsOfObjectsAreRefused() throws {
    try make { file in
      let type = H5Tcopy(chdf5_native_int32())
      return [type, hid_t(H5Tcommit2(file, "labels", type, 0, 0, 0)), hid_t(H5Tclose(type))]
    }
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: path).datasetNames() }
    #expect(error?.message.contains("neither a data set nor a group") == true)
  }

  /// Beyond an end that moves while a file is open, the library reads zeros.
  @Test func aFileThatIsCutWhileItIsOpenIsNoticed() throws {
    let file = try HDF5File(creating: path)
    try file.write([UInt8](repeating: 3, count: 1 << 16), shape: [1 << 16], to: "x")
    try file.close()
    let open = try HDF5File(reading: path)
    try open.requireWhole()
    #expect(truncate(path, 4096) == 0)
    let error = #expect(throws: CSGError.self) { try open.requireWhole() }
    #expect(error?.exitCode == .data && error?.message.contains("was cut to 4096 bytes") == true)
  }
}
