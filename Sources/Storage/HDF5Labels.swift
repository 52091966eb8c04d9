import CHDF5
import Core
import Foundation

/// Texts of variable length, which h5py hands out as `str` (those of fixed length as bytes), for files that
/// are made to be read by others. They lie in heaps without checksums: what is read back here has texts
/// of fixed length.
extension HDF5File {
  /// Sets a text attribute of the root.
  package func setLabel(_ name: String, _ text: String) throws {
    let space = try HDF5Handle(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate", place)
    try write([text], to: name, of: file, space: space)
  }

  /// Names the axes of a data set that is there, as HDF5's dimension scales do (`H5DSset_label`): h5py's
  /// `dataset.dims[0].label`.
  package func setAxes(_ labels: [String], of dataset: String) throws {
    let object = try HDF5Handle(
      H5Oopen(file.id, dataset, 0), H5Oclose, "H5Oopen \(dataset)", place)
    let space = try HDF5Handle(
      H5Screate_simple(1, [hsize_t(labels.count)], nil), H5Sclose, "H5Screate_simple", place)
    try write(labels, to: "DIMENSION_LABELS", of: object, space: space)
    try object.close("H5Oclose \(dataset)", place)
  }

  private func write(
    _ texts: [String], to name: String, of object: HDF5Handle, space: HDF5Handle
  ) throws {
    let type = try HDF5Handle(H5Tcopy(chdf5_c_string()), H5Tclose, "H5Tcopy", place)
    let variable = Int(bitPattern: UInt.max)  // H5T_VARIABLE, a cast that Swift does not import
    try HDF5Handle.check(H5Tset_size(type.id, variable), "H5Tset_size", place)
    try HDF5Handle.check(H5Tset_cset(type.id, H5T_CSET_UTF8), "H5Tset_cset", place)
    let attribute = try HDF5Handle(
      H5Acreate2(object.id, name, type.id, space.id, 0, 0), H5Aclose, "H5Acreate2 \(name)", place)
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    try HDF5Handle.check(H5Awrite(attribute.id, type.id, copies), "H5Awrite \(name)", place)
    try attribute.close("H5Aclose \(name)", place)
  }
}
