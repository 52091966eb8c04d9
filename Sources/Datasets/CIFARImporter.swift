import Core
import Foundation

/// CIFAR-10 and CIFAR-100 in their official binary layout: records of label bytes and 3072 planar
/// pixel bytes (red, green, blue; 32 rows each).
///
/// Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
package enum CIFARImporter {
  /// Reads `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin` of `folder`.
  /// - Throws: `CSGError` 66 for a missing batch, 65 for a cut one or a label out of range; both name
  ///   file and byte.
  package static func cifar10(folder: String) throws -> RawDataset {
    let names =
      try classNames("\(folder)/batches.meta.txt", count: 10)
      ?? [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ]
    return RawDataset(
      classes: names, source: "CIFAR-10 binary",
      train: try split(
        (1...5).map { "\(folder)/data_batch_\($0).bin" }, labelBytes: 1, classes: 10),
      test: try split(["\(folder)/test_batch.bin"], labelBytes: 1, classes: 10))
  }

  /// Reads `train.bin` and `test.bin` of `folder`, with the fine labels.
  package static func cifar100(folder: String) throws -> RawDataset {
    let names =
      try classNames("\(folder)/fine_label_names.txt", count: 100)
      ?? (0..<100).map { "class \($0)" }
    return RawDataset(
      classes: names, source: "CIFAR-100 binary",
      train: try split(["\(folder)/train.bin"], labelBytes: 2, classes: 100),
      test: try split(["\(folder)/test.bin"], labelBytes: 2, classes: 100))
  }

  private static func classNames(_ path: String, count: Int) throws -> [String]? {
    guard let bytes = try FileSystem.contents(of: path) else { return nil }
    let names = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard names.count == count else {
      throw CSGError.data(
        path, "names \(NumberText.count(names.count, "class", "classes")), not \(count)")
    }
    return names.map(String.init)
  }

  private static func split(_ paths: [String], labelBytes: Int, classes: Int) throws -> RawSplit {
    var split = RawSplit(height: 32, width: 32, channels: 3)
    let plane = 32 * 32
    let record = labelBytes + 3 * plane
    for path in paths {
      guard let bytes = try FileSystem.contents(of: path) else {
        throw CSGError(
          .noInput, "\(path): no such batch",
          remedy: "unpack the official binary version into this folder")
      }
      guard bytes.count % record == 0, !bytes.isEmpty else {
        throw CSGError.data(
          path,
          "is cut at byte \(bytes.count): not a whole number of records of \(record) bytes",
          remedy: "fetch it again")
      }
      split.pixels.reserveCapacity(split.pixels.count + bytes.count)
      for start in stride(from: 0, to: bytes.count, by: record) {
        let place = start + labelBytes - 1
        guard bytes[place] < classes else {
          throw CSGError.data(
            path, "label \(bytes[place]) at byte \(place) is not below \(classes)")
        }
        split.labels.append(Int32(bytes[place]))
        let pixels = place + 1
        for pixel in 0..<plane {
          for channel in 0..<3 { split.pixels.append(bytes[pixels + channel * plane + pixel]) }
        }
      }
    }
    return split
  }
}
