import Core
import Storage

/// What an attack's file has a row of for each sample, written row by row: pictures [N][C][H][W], a chunk
/// each, and logits [N][classes].
final class AttackRows {
  /// A data set that grows row by row, and the XXH3-64 of each row.
  private struct Rows<Value: HDF5Element> {
    let dataset: HDF5Dataset
    var hashes: [UInt64] = []

    init(
      _ name: String, _ file: HDF5File, shape: [Int], count: Int, isChunked: Bool
    ) throws {
      dataset = try file.createDataset(
        name, of: Value.self, shape: [count] + shape, chunk: isChunked ? [1] + shape : nil)
    }

    mutating func add(_ row: [Value]) throws {
      try dataset.writeRow(hashes.count, row[...])
      hashes.append(Self.hash(row))
    }

    func verify(_ file: HDF5File) throws {
      let back = try file.dataset(dataset.name)
      guard try back.holds(Value.self), back.shape == dataset.shape else {
        throw CSGError.notAsMeant(file.path, dataset.name)
      }
      var row = [Value](repeating: Value(), count: back.rowCount)
      for (number, hash) in hashes.enumerated() {
        try back.readRow(number, into: &row)
        guard Self.hash(row) == hash else {
          throw CSGError.notAsMeant(file.path, "\(dataset.name)[\(number)]")
        }
      }
    }

    private static func hash(_ row: [Value]) -> UInt64 { row.withUnsafeBytes { .xxh3(Array($0)) } }
  }

  private var adversarial: Rows<Float>, rounded: Rows<UInt8>, original: Rows<UInt8>
  private var before: Rows<Float>, after: Rows<Float>, afterRounding: Rows<Float>

  init(_ file: HDF5File, count: Int, classes: Int, extent: AttackFile.Extent) throws {
    let picture = [extent.channels, extent.height, extent.width]
    adversarial = try Rows("adversarial", file, shape: picture, count: count, isChunked: true)
    rounded = try Rows("adversarial_u8", file, shape: picture, count: count, isChunked: true)
    original = try Rows("original_u8", file, shape: picture, count: count, isChunked: true)
    before = try Rows("logits_before", file, shape: [classes], count: count, isChunked: false)
    after = try Rows("logits_after", file, shape: [classes], count: count, isChunked: false)
    afterRounding = try Rows(
      "logits_rounded", file, shape: [classes], count: count, isChunked: false)
  }

  func add(_ sample: AttackedSample) throws {
    try adversarial.add(sample.picture)
    try rounded.add(AttackedSample.rounded(sample.picture))
    try original.add(sample.original)
    try before.add(sample.logits)
    try after.add(sample.logitsAfter)
    try afterRounding.add(sample.logitsRounded)
  }

  func close() throws {
    for dataset in [
      adversarial.dataset, rounded.dataset, original.dataset, before.dataset, after.dataset,
      afterRounding.dataset,
    ] { try dataset.close() }
  }

  /// Reads all rows back.
  /// - Throws: `CSGError` 74 where one is not as it was meant.
  func verify(_ file: HDF5File) throws {
    try adversarial.verify(file)
    try rounded.verify(file)
    try original.verify(file)
    try before.verify(file)
    try after.verify(file)
    try afterRounding.verify(file)
  }
}
