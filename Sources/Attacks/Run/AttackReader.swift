import Core
import Foundation
import Storage

/// The file of an attack, read sample by sample.
package struct AttackReader {
  /// Where it lies.
  package let path: String
  /// Numbers of the samples in their split [N].
  package let samples: [Int32]
  /// Whether the net was right on a sample, whether it was attacked, and whether it fooled the net then;
  /// 0 or 1 [N].
  package let wasCorrect: [UInt8], wasAttacked: [UInt8], isSuccess: [UInt8]
  private let file: HDF5File, adversarial: HDF5Dataset, originals: HDF5Dataset

  /// Opens the file of an attack on pictures of so many values.
  /// - Throws: `CSGError` 65 where it is damaged, or of other pictures.
  package init(_ path: String, values: Int) throws {
    self.path = path
    let file = try HDF5File(reading: path)
    try file.requireVersion(upTo: AttackSummary.newestFormat)
    let samples = try file.dataset("samples").readAll(Int32.self)
    self.samples = samples
    self.file = file
    func flags(_ name: String) throws -> [UInt8] {
      try Self.flags(name, of: file, count: samples.count, path)
    }
    wasCorrect = try flags("was_correct")
    wasAttacked = try flags("was_attacked")
    isSuccess = try flags("success")
    adversarial = try file.dataset("adversarial")
    originals = try file.dataset("original_u8")
    guard try originals.holds(UInt8.self), originals.shape == adversarial.shape else {
      throw CSGError.data(path, "original_u8 is \(originals.shape), not as adversarial is")
    }
    guard try adversarial.holds(Float.self), adversarial.shape.first == samples.count,
      adversarial.rowCount == values
    else {
      throw CSGError.data(
        path,
        "adversarial is \(adversarial.shape), not \(samples.count) pictures of \(values) values")
    }
  }

  private static func flags(_ name: String, of file: HDF5File, count: Int, _ path: String) throws
    -> [UInt8]
  {
    let all = try file.dataset(name).readAll(UInt8.self)
    guard all.count == count, all.allSatisfy({ $0 <= 1 }) else {
      throw CSGError.data(path, "\(name) is no 0 or 1 for each of \(count) samples")
    }
    return all
  }

  /// A mark of each sample, 0 or 1 [N].
  /// - Throws: `CSGError` 65 where it is damaged.
  package func flags(_ name: String) throws -> [UInt8] {
    try Self.flags(name, of: file, count: samples.count, path)
  }

  /// A number of each sample [N].
  /// - Throws: `CSGError` 65 where it is damaged.
  package func column<Value: HDF5Element>(_ name: String, _: Value.Type) throws -> [Value] {
    let all = try file.dataset(name).readAll(Value.self)
    guard all.count == samples.count else {
      throw CSGError.data(path, "\(name) has \(all.count) values for \(samples.count) samples")
    }
    return all
  }

  /// A row's picture as it was, in bytes, [C][H][W].
  /// - Throws: `CSGError` 65 where it is damaged.
  package func original(_ row: Int) throws -> [UInt8] {
    var values = [UInt8](repeating: 0, count: originals.rowCount)
    try originals.readRow(row, into: &values)
    return values
  }

  /// The attacked picture of a row, values in [0, 1], [C][H][W].
  /// - Throws: `CSGError` 65 where it is damaged.
  package func picture(_ row: Int) throws -> [Float] {
    var values = [Float](repeating: 0, count: adversarial.rowCount)
    try adversarial.readRow(row, into: &values)
    guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw CSGError.data(path, "adversarial[\(row)] has a value outside [0, 1]")
    }
    return values
  }

  /// What the run came to, as it was told then.
  /// - Throws: `CSGError` 65 where it is damaged, or of a version that told less.
  package func summary() throws -> AttackSummary {
    guard let text = try file.text("summary"),
      let summary = try? JSONDecoder().decode(AttackSummary.self, from: Data(text.utf8)),
      summary.samples == samples.count
    else { throw CSGError.data(path, "does not tell what the attack came to") }
    return summary
  }

  /// Classes of samples, by number [N]: `labels`, or `targets` with −1 for any but the label.
  /// - Throws: `CSGError` 65 where one is no class.
  package func classes(_ name: String, of classes: Int) throws -> [Int] {
    let all = try column(name, Int32.self).map(Int.init)
    let least = name == "targets" ? -1 : 0
    guard let wrong = all.first(where: { $0 < least || $0 >= classes }) else { return all }
    throw CSGError.data(path, "\(name) has \(wrong), which is none of \(classes) classes")
  }

  /// Calls `body` for each of some rows with the net's logits [C] there, before or after the attack.
  /// - Throws: `CSGError` 65 where they are damaged, or of another number of classes; what `body` throws.
  package func forEachLogits(
    _ when: Moment, rows: [Int], classes: Int,
    _ body: (_ row: Int, _ logits: [Float]) throws -> Void
  ) throws {
    let dataset = try file.dataset(when.rawValue)
    guard try dataset.holds(Float.self), dataset.shape == [samples.count, classes] else {
      throw CSGError.data(
        path,
        "\(dataset.name) is \(dataset.shape), not \(samples.count) samples of \(classes) classes")
    }
    var logits = [Float](repeating: 0, count: classes)
    for row in rows {
      try dataset.readRow(row, into: &logits)
      guard logits.allSatisfy(\.isFinite) else {
        throw CSGError.data(path, "\(dataset.name)[\(row)] has no finite numbers")
      }
      try body(row, logits)
    }
  }

  /// When the net was asked.
  package enum Moment: String {
    case before = "logits_before"
    case after = "logits_after"
  }
}
