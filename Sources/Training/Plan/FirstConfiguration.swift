import Core
import Datasets
import Network

/// A configuration to begin with: gates that settle within the run, steps enough, and pictures as they are stored.
package struct FirstConfiguration {
  /// What is asked for; what is nil follows from the data.
  package struct Wishes {
    package var name: String
    package var side: Int?
    package var architecture: String?
    package var weights: String?
    package var epochs: Int?

    /// Wishes for a run of that name.
    package init(
      name: String, side: Int? = nil, architecture: String? = nil, weights: String? = nil,
      epochs: Int? = nil
    ) {
      self.name = name
      self.side = side
      self.architecture = architecture
      self.weights = weights
      self.epochs = epochs
    }
  }

  /// What of a training split matters.
  package struct Pictures {
    package let count: Int, classes: Int, channels: Int
    /// The shorter side that pictures are stored with; nil: files of any.
    package let side: Int?

    /// How many times the pictures of the smallest class the largest has.
    package let unevenness: Double

    /// Pictures as a training split has them.
    package init(
      count: Int, classes: Int, channels: Int = 3, side: Int?, unevenness: Double = 1
    ) {
      self.count = count
      self.classes = classes
      self.channels = channels
      self.side = side
      self.unevenness = unevenness
    }

    /// Those of a split.
    package init(_ dataset: Dataset) {
      let manifest = dataset.manifest
      let held = dataset.classCounts(first: dataset.count).filter { $0 > 0 }
      self.init(
        count: manifest.count, classes: manifest.classes.count, channels: manifest.channels,
        side: manifest.holdsFiles ? manifest.size : min(manifest.height, manifest.width),
        unevenness: Double(held.max() ?? 1) / Double(held.min() ?? 1))
    }
  }

  /// The file.
  package let text: String
  /// What was decided, a line each.
  package let decisions: [String]

  /// Steps that an epoch should have, as far as batches of these sizes allow.
  private static let stepsPerEpoch = 60, batches = [16, 32, 64, 128]
  private static let epochs = 20, fineTuningEpochs = 10
  /// Images that a net for small ones learns, from random weights.
  private static let smallNetSide = 64
  /// Classes that differ in size by more are told of `data.balance`. It stays a comment: scarce classes gain what
  /// plentiful ones lose, which is a loss over test pictures that are as unevenly spread.
  private static let uneven = 3.0
  /// Epochs of which the last takes the CSG path.
  private static let period = 3
  /// Rates of θ at the paper's batch of 256, from random weights and from trained ones, which go with the batch
  /// (Goyal et al., https://arxiv.org/abs/1706.02677, Sec. 2.1); of G. From CIFAR-10's ResNet-20 to six animals at
  /// 32 × 32 a fine-tuning rate of 0.02, 0.08 and 0.32 came to 67.4, 71.0 and 69.5 % of 383 pictures after 10 epochs
  /// on 2,699, and to 30.7, 47.4 and 55.8 % of 215 after 5 on 240.
  private static let rate = 0.1, fineTuningRate = 0.08, gateRate = 0.1

  /// A configuration for splits below `data`.
  /// - Throws: `CSGError` 65 where pictures would be enlarged, 78 for an unknown net.
  package init(_ wishes: Wishes, data: String, train: Pictures, hasTest: Bool) throws {
    let classes = train.classes
    let framing = try Framing(stored: train.side, wanted: wishes.side)
    let isFineTuning = wishes.weights != nil
    // ResNet-18 leaves a map of 2×2 of an image of 64, and has 40 times the parameters to learn from few pictures.
    let smallNetSide = isFineTuning ? Framing.smallSide : Self.smallNetSide
    let name = wishes.architecture ?? (framing.side <= smallNetSide ? "resnet20" : "resnet18")
    _ = try Architecture(name)
    let batch = Self.batches.last { train.count / $0 >= Self.stepsPerEpoch } ?? Self.batches[0]
    let steps = (train.count + batch - 1) / batch
    let rate = (isFineTuning ? Self.fineTuningRate : Self.rate) * Double(batch) / 256
    // What nets for photographs were trained with.
    let statistics =
      isFineTuning && train.channels == 3
      ? [
        "mean: [0.485, 0.456, 0.406]   # as torchvision's and timm's weights were trained",
        "std: [0.229, 0.224, 0.225]",
      ]
      : []
    let balance =
      train.unevenness > Self.uneven
      ? [
        "# balance: classes            # draws every class equally often: the largest has "
          + "\(NumberText.fixed(train.unevenness, 1)) times the smallest's",
        "                              # pictures; scarce classes gain what plentiful ones lose",
      ] : []
    func text(epochs: Int, lambda2: Double) -> String {
      let weights = wishes.weights.map { ", weights: \(Self.quoted($0)), new_classes: true" } ?? ""
      let test = hasTest ? "\n  test: \(Self.quoted("\(data)/test"))" : ""
      return """
        name: \(Self.quoted(wishes.name))
        model: { architecture: \(name), classes: \(classes), channels: \(train.channels)\(weights) }
        data:
          train: \(Self.quoted("\(data)/train"))\(test)
        \((framing.lines + statistics + balance).map { "  \($0)\n" }.joined())\
        batch_size: \(batch)                 # \(steps) steps an epoch
        epochs: \(epochs)                     # \(epochs / Self.period) of them on the CSG path
        learning_rate: { standard: \(NumberText.plain(rate)), gated: \(NumberText.plain(rate)), schedule: cosine, warmup_epochs: 1 }
        gate:
          period: \(Self.period)                     # every third epoch takes the CSG path
          density_bound: auto           # a little above 1/\(classes): a filter serves one class, a few of them more
          learning_rate: \(Self.gateRate)
          lambda2: \(NumberText.plain(lambda2))
        """
    }
    /// λ2 with which the gates settle half way; nil where no epoch gates.
    func lambda2(epochs: Int) throws -> Double? {
      let one = try ResolvedConfiguration(text: text(epochs: epochs, lambda2: 1), origin: "init")
        .values
      let sum = GateSettling(one, schedule: Schedule(one, stepsPerEpoch: steps))?.sum ?? 0
      return sum > 0 ? Self.rounded(2 * GateSettling.settled / sum) : nil
    }
    let initial = try ResolvedConfiguration(sets: []).values.gate.initial
    let most = GateSettling.largestShare * initial / Self.gateRate
    var epochs = wishes.epochs ?? (isFineTuning ? Self.fineTuningEpochs : Self.epochs)
    var wanted = try lambda2(epochs: epochs)
    while wishes.epochs == nil, let needed = wanted, needed > most {
      epochs += Self.period
      wanted = try lambda2(epochs: epochs)
    }
    let safe = min(wanted ?? 0.1, most)
    self.text = text(epochs: epochs, lambda2: safe)
    let settling =
      switch wanted {
      case nil: "no epoch takes the CSG path: gates need \(Self.period) epochs or more"
      case safe:
        "lambda2 \(NumberText.plain(safe)) brings the gates to their bound about half way"
      default:
        "lambda2 \(NumberText.plain(safe)), the largest that is safe, brings the gates to their bound late, or "
          + "not at all: take more epochs"
      }
    decisions = [
      "\(train.count) pictures of \(classes) classes; \(framing.decision)",
      "\(name), \(wishes.weights == nil ? "from random weights" : "from trained weights")",
      settling,
    ]
  }

  /// Two significant digits, upwards.
  private static func rounded(_ value: Double) -> Double {
    var unit = 1.0
    while value / unit >= 100 { unit *= 10 }
    while value / unit < 10 { unit /= 10 }
    let digits = (value / unit).rounded(.up)
    // Of a decimal unit the quotient is the number as it is typed.
    return unit < 1 ? digits / (1 / unit).rounded() : digits * unit
  }

  /// A text as YAML.
  private static func quoted(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || ("0"..."9").contains(Character($0))
          || "/._-".unicodeScalars.contains($0))
    }
    let starts = text.first.map { $0.isLetter || $0 == "/" } ?? false
    return plain && starts
      && !["true", "false", "null", "yes", "no", "on", "off"].contains(text.lowercased())
      ? text : "'\(text.replacing("'", with: "''"))'"
  }
}

/// How the pictures of a split become images of a net.
private struct Framing {
  /// Side of the net's images.
  let side: Int
  /// Keys of `data`.
  let lines: [String]
  let decision: String

  /// Sides are multiples of this: nets halve them up to five times.
  private static let step = 16
  /// Images that are stored at most so large are trained as they are.
  static let smallSide = 48
  private static let largestSide = 224

  init(stored: Int?, wanted: Int?) throws {
    if let stored, stored <= Self.smallSide, wanted ?? stored == stored {
      side = stored
      lines = [
        "crop_padding: \(max(1, stored / 8))               # random crops after zero padding",
        "horizontal_flip: true         # false where left and right mean something",
      ]
      decision = "\(stored)×\(stored), as they are stored"
      return
    }
    let fitting = stored.map { $0 * 7 / 8 + ($0 * 7 % 8 == 0 ? 0 : 1) } ?? Self.largestSide
    side = wanted ?? min(Self.largestSide, max(Self.step, fitting / Self.step * Self.step))
    let resize = side * 8 / 7
    if let stored, stored < side {
      throw CSGError.data(
        "--image \(side)", "pictures are stored \(stored) wide, and would be enlarged",
        remedy: "take \(max(8, stored * 7 / 8)) or less, or prepare them with --size \(resize)")
    }
    lines =
      ["image_size: \(side)"]
      + (stored.map { $0 < resize ? ["resize: \($0)                    # as they are stored"] : [] }
        ?? [])
      + [
        "random_resized_crop: { scale: [0.35, 1], ratio: [0.75, 1.3333333333333333] }",
        "crop_padding: 0",
        "horizontal_flip: true         # false where left and right mean something",
      ]
    decision =
      "images of \(side)×\(side)" + (stored.map { " from pictures stored \($0) wide" } ?? "")
  }
}
