import CHDF5
import Core

/// Attributes of a file's root.
extension HDF5File {
  /// Sets a text attribute of the root.
  package func setAttribute(_ name: String, _ text: String) throws {
    let bytes = Array(text.utf8)
    let type = try textType(bytes: max(bytes.count, 1))
    try writeAttribute(name, type: type.id, bytes.isEmpty ? [0] : bytes)
  }

  /// Sets a whole-number attribute of the root.
  package func setAttribute(_ name: String, _ number: Int) throws {
    try writeAttribute(name, type: chdf5_native_int64(), [Int64(number)])
  }

  /// Sets a real-number attribute of the root.
  package func setAttribute(_ name: String, _ number: Double) throws {
    try writeAttribute(name, type: Double.hdf5Type, [number])
  }

  /// Changes a whole-number attribute that is there.
  package func replaceAttribute(_ name: String, by number: Int) throws {
    let attribute = try HDF5Handle(
      H5Aopen(file.id, name, 0), H5Aclose, "H5Aopen \(name)", place)
    try HDF5Handle.check(
      H5Awrite(attribute.id, chdf5_native_int64(), [Int64(number)]), "H5Awrite \(name)", place)
    try attribute.close("H5Aclose \(name)", place)
  }

  private func writeAttribute<Element: BitwiseCopyable>(
    _ name: String, type: hid_t, _ values: [Element]
  ) throws {
    let space = try HDF5Handle(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate", place)
    let attribute = try HDF5Handle(
      H5Acreate2(file.id, name, type, space.id, 0, 0), H5Aclose, "H5Acreate2 \(name)", place)
    try HDF5Handle.check(H5Awrite(attribute.id, type, values), "H5Awrite \(name)", place)
    try attribute.close("H5Aclose \(name)", place)
  }

  /// A text attribute of the root; nil where it is missing or not one text of fixed length.
  package func text(_ name: String) throws -> String? {
    guard let (attribute, type) = try openAttribute(name) else { return nil }
    guard H5Tget_class(type.id) == H5T_STRING, H5Tis_variable_str(type.id) == 0 else { return nil }
    let size = H5Tget_size(type.id)
    guard size > 0 && size <= bytes else {
      throw CSGError.data(path, "attribute \(name) claims \(size) bytes")
    }
    var buffer = [UInt8](repeating: 0, count: size)
    try HDF5Handle.check(H5Aread(attribute.id, type.id, &buffer), "H5Aread \(name)", place)
    guard let text = String(bytes: buffer.prefix { $0 != 0 }, encoding: .utf8) else {
      throw CSGError.data(path, "attribute \(name) is not UTF-8 text")
    }
    return text
  }

  /// A whole-number attribute of the root; nil where it is missing or not one whole number.
  package func number(_ name: String) throws -> Int? {
    guard let (attribute, type) = try openAttribute(name) else { return nil }
    guard H5Tget_class(type.id) == H5T_INTEGER, H5Tget_size(type.id) <= 8 else { return nil }
    var value: Int64 = 0
    try HDF5Handle.check(
      H5Aread(attribute.id, chdf5_native_int64(), &value), "H5Aread \(name)", place)
    return Int(value)
  }

  /// An attribute and its type; nil where it is missing.
  /// - Throws: `CSGError` 65 where it holds more or less than one element: its reader has room for one.
  private func openAttribute(_ name: String) throws -> (HDF5Handle, type: HDF5Handle)? {
    let exists = H5Aexists(file.id, name)
    try HDF5Handle.check(exists, "H5Aexists \(name)", place)
    guard exists > 0 else { return nil }
    let attribute = try HDF5Handle(H5Aopen(file.id, name, 0), H5Aclose, "H5Aopen \(name)", place)
    let space = try HDF5Handle(H5Aget_space(attribute.id), H5Sclose, "H5Aget_space", place)
    let elements = H5Sget_simple_extent_npoints(space.id)
    guard elements == 1 else {
      throw CSGError.data(path, "attribute \(name) holds \(elements) elements, not one")
    }
    let type = try HDF5Handle(H5Aget_type(attribute.id), H5Tclose, "H5Aget_type", place)
    return (attribute, type)
  }

  /// The names of all attributes of the root, in order.
  package func attributeNames() throws -> [String] {
    var names: [String] = []
    let code = withUnsafeMutablePointer(to: &names) { names in
      H5Aiterate2(
        file.id, H5_INDEX_NAME, H5_ITER_INC, nil,
        { _, name, _, context in
          guard let name, let context else { return -1 }
          context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          return 0
        }, names)
    }
    try HDF5Handle.check(code, "H5Aiterate2", place)
    return names.sorted()
  }
}
