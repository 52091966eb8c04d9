import Datasets
import Events
import Inference
import Network

extension StepRecord {
  /// The record as TensorBoard shows it.
  var eventValues: [EventValue] {
    scalars([
      ("train/loss", loss), ("train/cross_entropy", crossEntropy),
      ("train/density_penalty", densityPenalty), ("train/images_per_second", imagesPerSecond),
      ("train/learning_rate", learningRate), ("gate/density", density),
      ("gate/learning_rate", gateLearningRate),
    ])
  }
}

extension EpochRecord {
  /// The record as TensorBoard shows it.
  var eventValues: [EventValue] {
    scalars([
      ("epoch/train_loss", trainLoss), ("epoch/train_accuracy", trainAccuracy),
      ("epoch/test_loss", testLoss), ("epoch/test_accuracy", testAccuracy),
      ("epoch/density", density), ("epoch/seconds", seconds),
    ])
  }
}

extension Event {
  /// Whether it shows the record of an epoch.
  var isOfEpoch: Bool {
    guard case .values(let values) = content else { return false }
    return values.contains { $0.tag.hasPrefix("epoch/") }
  }
}

/// Those that have a value.
private func scalars(_ values: [(String, Double?)]) -> [EventValue] {
  values.compactMap { tag, value in value.map { .scalar(tag, Float($0)) } }
}

extension Gate {
  /// A cell's side in pixels, and the picture's that smaller cells are made for.
  private static let largestCell = 16, width = 1024, height = 512

  /// G as a grey picture, classes from top to bottom, filters from left to right: 0 is black, 1
  /// white. An entry takes h × w pixels, as many as fit `height` and `width`, 1 to 16 each.
  package var picture: Picture {
    let cellWidth = min(Self.largestCell, max(1, Self.width / filters))
    let cellHeight = min(Self.largestCell, max(1, Self.height / classes))
    var pixels: [UInt8] = []
    pixels.reserveCapacity(classes * cellHeight * filters * cellWidth)
    for y in 0..<classes {
      let line = row(y).array.flatMap { entry in
        repeatElement(UInt8((255 * min(max(entry, 0), 1)).rounded()), count: cellWidth)
      }
      for _ in 0..<cellHeight { pixels += line }
    }
    return Picture(
      height: classes * cellHeight, width: filters * cellWidth, channels: 1, pixels: pixels)
  }

  /// The picture as TensorBoard shows it; `path` is for errors only.
  func eventValue(path: String) throws -> EventValue {
    let picture = picture
    return .image(
      "gate/matrix", png: try picture.png(path: path), height: picture.height,
      width: picture.width, channels: picture.channels)
  }
}
