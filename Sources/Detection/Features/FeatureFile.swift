import Attacks
import Core
import Storage

/// Pooled features of samples, and of attacked ones what became of them.
package struct PooledTable: Sendable, Equatable {
  /// F.
  package let width: Int
  /// Numbers of the samples in their split, rising [N].
  package let samples: [Int32]
  /// Means of what each convolution leaves, [N][F].
  package let values: [Float]
  /// Whether the net was right on a sample; whether it was attacked; whether it fooled the net then; 0 or 1
  /// [N]. Empty of samples as they are.
  package let wasCorrect: [UInt8], wasAttacked: [UInt8], isSuccess: [UInt8]

  /// Features of samples, N·F of them.
  package init(
    width: Int, samples: [Int32], values: [Float], wasCorrect: [UInt8] = [],
    wasAttacked: [UInt8] = [], isSuccess: [UInt8] = []
  ) {
    precondition(values.count == width * samples.count, "features fill [N][F]")
    self.width = width
    self.samples = samples
    self.values = values
    self.wasCorrect = wasCorrect
    self.wasAttacked = wasAttacked
    self.isSuccess = isSuccess
  }

  /// The features of row n.
  package func row(_ n: Int) -> ArraySlice<Float> { values[n * width..<(n + 1) * width] }
}

/// `OUTPUT/features/….h5`: a table of features, there whole or not at all.
enum FeatureFile {
  private static let version = 1
  static let flags = ["was_correct", "was_attacked", "success"]

  /// Writes it for a run of these agreements.
  /// - Throws: `CSGError` 73 or 74.
  static func write(
    _ table: PooledTable, run: [Agreement], layers: [ConvolutionPart], to path: String
  ) throws {
    try AtomicFile.createFolder(path.parentFolder)
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File(creating: temporary, named: path)
      try file.setAttribute("format", "csg-dist pooled features")
      try file.setAttribute("version", version)
      try RunRecord.write(run, to: file)
      let count = table.samples.count
      // In chunks, which have checksums.
      try file.write(table.samples, shape: [count], chunk: [count], to: "samples")
      try file.write(
        table.values, shape: [count, table.width], chunk: [min(count, 64), table.width],
        to: "features")
      try file.write(texts: layers.map(\.name), to: "convolutions")
      try file.write(layers.map { Int32($0.filters.count) }, shape: [layers.count], to: "filters")
      for (name, values) in zip(flags, [table.wasCorrect, table.wasAttacked, table.isSuccess])
      where !values.isEmpty {
        try file.write(values, shape: [count], chunk: [count], to: name)
      }
      try file.close(verifying: temporary)
    }
  }

  /// Reads it; of `width` features each.
  /// - Throws: `CSGError` 65 where it is damaged, or holds another number of anything.
  static func read(_ path: String, width: Int, isAttacked: Bool) throws -> PooledTable {
    let file = try HDF5File(reading: path)
    try file.requireVersion(upTo: version)
    let samples = try file.dataset("samples").readAll(Int32.self)
    guard zip(samples, samples.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw CSGError.data(path, "samples do not rise", remedy: "remove it")
    }
    let features = try file.dataset("features")
    guard features.shape == [samples.count, width] else {
      throw CSGError.data(
        path, "features is \(features.shape), not [\(samples.count), \(width)]",
        remedy: "remove it")
    }
    let marks = try (isAttacked ? flags : []).map { name in
      let values = try file.dataset(name).readAll(UInt8.self)
      guard values.count == samples.count, values.allSatisfy({ $0 <= 1 }) else {
        throw CSGError.data(path, "\(name) is no 0 or 1 for each sample", remedy: "remove it")
      }
      return values
    }
    return PooledTable(
      width: width, samples: samples, values: try features.readAll(Float.self),
      wasCorrect: marks.first ?? [], wasAttacked: isAttacked ? marks[1] : [],
      isSuccess: isAttacked ? marks[2] : [])
  }
}
