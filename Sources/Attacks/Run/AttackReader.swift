import Core
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
  private let file: HDF5File, adversarial: HDF5Dataset

  /// Opens the file of an attack on pictures of so many values.
  /// - Throws: `CSGError` 65 where it is damaged, or of other pictures.
  package init(_ path: String, values: Int) throws {
    self.path = path
    let file = try HDF5File(reading: path)
    let samples = try file.dataset("samples").readAll(Int32.self)
    func flags(_ name: String) throws -> [UInt8] {
      let all = try file.dataset(name).readAll(UInt8.self)
      guard all.count == samples.count, all.allSatisfy({ $0 <= 1 }) else {
        throw CSGError.data(path, "\(name) is no 0 or 1 for each of \(samples.count) samples")
      }
      return all
    }
    self.samples = samples
    self.file = file
    wasCorrect = try flags("was_correct")
    wasAttacked = try flags("was_attacked")
    isSuccess = try flags("success")
    adversarial = try file.dataset("adversarial")
    guard try adversarial.holds(Float.self), adversarial.shape.first == samples.count,
      adversarial.rowCount == values
    else {
      throw CSGError.data(
        path,
        "adversarial is \(adversarial.shape), not \(samples.count) pictures of \(values) values")
    }
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
}
