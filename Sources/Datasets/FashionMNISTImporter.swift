import Core
import Foundation

/// Fashion-MNIST in the IDX layout of MNIST: big-endian magic and sizes, then bytes.
///
/// Source: http://yann.lecun.com/exdb/mnist (layout); https://github.com/zalandoresearch/fashion-mnist.
package enum FashionMNISTImporter {
  private static let classes = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]

  /// Reads the four files of `folder`, `.gz` or plain.
  /// - Throws: `CSGError` 66 for a missing file, 65 for one that is cut, foreign or out of range; the
  ///   error names file and byte.
  package static func load(folder: String) throws -> RawDataset {
    RawDataset(
      classes: classes, source: "Fashion-MNIST IDX",
      train: try split("\(folder)/train"), test: try split("\(folder)/t10k"))
  }

  private static func split(_ prefix: String) throws -> RawSplit {
    let images = try IDX(path: "\(prefix)-images-idx3-ubyte", axes: 3)
    let labels = try IDX(path: "\(prefix)-labels-idx1-ubyte", axes: 1)
    guard images.shape[0] == labels.shape[0] else {
      throw CSGError.data(
        labels.path, "holds \(labels.shape[0]) labels for \(images.shape[0]) images")
    }
    guard images.shape[0] > 0, (1...4096).contains(images.shape[1]),
      (1...4096).contains(images.shape[2])
    else { throw CSGError.data(images.path, "has the shape \(images.shape)") }
    if let place = labels.values.firstIndex(where: { $0 >= classes.count }) {
      throw CSGError.data(
        labels.path,
        "label \(labels.values[place]) at byte \(labels.headerBytes + place) is not below "
          + "\(classes.count)")
    }
    var split = RawSplit(height: images.shape[1], width: images.shape[2], channels: 1)
    split.pixels = images.values
    split.labels = labels.values.map(Int32.init)
    return split
  }
}

/// An IDX file of unsigned bytes.
private struct IDX {
  let path: String
  let shape: [Int]
  let values: [UInt8]
  var headerBytes: Int { 4 + 4 * shape.count }

  /// Reads `path` or `path.gz`.
  init(path plain: String, axes: Int) throws {
    path = try FileSystem.exists(plain) ? plain : "\(plain).gz"
    guard try FileSystem.exists(path) else {
      throw CSGError(
        .noInput, "\(plain)(.gz): no such file",
        remedy: "install Debian's dataset-fashion-mnist, or name the folder of the IDX files")
    }
    let bytes = try GzipFile.read(path)
    func word(_ index: Int) -> Int {
      bytes[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let header = 4 + 4 * axes
    guard bytes.count >= header, word(0) == 0x0800 + axes else {
      throw CSGError.data(path, "is no IDX file of bytes with \(axes) axes (byte 0)")
    }
    shape = (0..<axes).map { word(1 + $0) }
    let promised = shape.checkedProduct().flatMap { $0 <= .max - header ? $0 + header : nil }
    guard promised == bytes.count else {
      throw CSGError.data(
        path,
        "is cut at byte \(bytes.count): its header promises "
          + (promised.map(String.init) ?? "more than a file can hold"),
        remedy: "fetch it again")
    }
    values = Array(bytes[header...])
  }
}
