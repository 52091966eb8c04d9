import Inference
import Network
import Storage

/// The records of past epochs and the sums of the one under way, kept in every checkpoint so that a
/// resumed run continues them.
struct History {
  private(set) var epochs: [EpochRecord] = []
  /// Σ cross-entropy, correct predictions, samples and seconds of the epoch under way.
  var loss = 0.0, correct = 0.0, samples = 0.0, seconds = 0.0

  /// Steps that change nothing, whatever they come to: they were not finite before a rollback.
  var leftOut: Set<Int> = []

  init() {}

  /// How many of the last `steps` steps, one after the other, were left out.
  func leftOutInARow(before steps: Int) -> Int {
    var count = 0
    while leftOut.contains(steps - count) { count += 1 }
    return count
  }

  /// Whether steps were taken since the last epoch was closed.
  var isUnderWay: Bool { samples > 0 }

  /// Closes the epoch under way.
  mutating func append(_ record: EpochRecord) {
    epochs.append(record)
    (loss, correct, samples, seconds) = (0, 0, 0, 0)
  }

  /// The highest test accuracy so far.
  var bestAccuracy: Double? { epochs.compactMap(\.testAccuracy).max() }

  /// The step, among `steps`, that ended the epoch of highest test accuracy: of equals the first.
  func bestStep(among steps: [Int]) -> Int? {
    let known = Set(steps)
    var best: (step: Int, accuracy: Double)?
    for epoch in epochs where known.contains(epoch.step) {
      guard let accuracy = epoch.testAccuracy, accuracy > best?.accuracy ?? -1 else { continue }
      best = (epoch.step, accuracy)
    }
    return best?.step
  }

  // MARK: As columns of a checkpoint

  /// NaN stands for "not measured".
  var columns: [String: [Double]] {
    var columns = [
      "epoch": epochs.map { Double($0.epoch) },
      "step": epochs.map { Double($0.step) },
      "is_gated": epochs.map { $0.path == .gated ? 1 : 0 },
      "is_joint": epochs.map { $0.path == .joint ? 1 : 0 },
      "train_loss": epochs.map(\.trainLoss),
      "train_accuracy": epochs.map(\.trainAccuracy),
      "test_loss": epochs.map { $0.testLoss ?? .nan },
      "test_accuracy": epochs.map { $0.testAccuracy ?? .nan },
      "density": epochs.map { $0.density ?? .nan },
      "seconds": epochs.map(\.seconds),
      "under_way": [loss, correct, samples, seconds],
    ]
    if !leftOut.isEmpty { columns[Self.leftOutColumn] = leftOut.sorted().map(Double.init) }
    return columns
  }

  /// Of steps; there only where some are left out.
  private static let leftOutColumn = "left_out"

  /// From a checkpoint's columns; nil where they do not belong together.
  init?(columns: [String: [Double]]) {
    guard let under = columns["under_way"], under.count == 4, let numbers = columns["epoch"] else {
      return nil
    }
    (loss, correct, samples, seconds) = (under[0], under[1], under[2], under[3])
    func column(_ name: String) -> [Double]? {
      columns[name].flatMap { $0.count == numbers.count ? $0 : nil }
    }
    guard let steps = column("step"), let isGated = column("is_gated"),
      let trainLoss = column("train_loss"), let trainAccuracy = column("train_accuracy"),
      let testLoss = column("test_loss"), let testAccuracy = column("test_accuracy"),
      let density = column("density"), let time = column("seconds"),
      (numbers + steps).allSatisfy({ $0 >= 0 && $0 < 0x1p53 })
    else { return nil }
    let left = columns[Self.leftOutColumn] ?? []
    guard left.allSatisfy({ $0 >= 1 && $0 < 0x1p53 && $0 == $0.rounded() }) else { return nil }
    leftOut = Set(left.map { Int($0) })
    // Checkpoints older than the joint schedule lack the column.
    let isJoint = column("is_joint") ?? numbers.map { _ in 0 }
    func path(_ i: Int) -> Path {
      if isJoint[i] == 1 { return .joint }
      return isGated[i] == 1 ? .gated : .standard
    }
    func measured(_ value: Double) -> Double? { value.isNaN ? nil : value }
    epochs = numbers.indices.map { i in
      EpochRecord(
        step: Int(steps[i]), epoch: Int(numbers[i]), path: path(i),
        trainLoss: trainLoss[i], trainAccuracy: trainAccuracy[i], testLoss: measured(testLoss[i]),
        testAccuracy: measured(testAccuracy[i]), density: measured(density[i]), seconds: time[i])
    }
  }
}
