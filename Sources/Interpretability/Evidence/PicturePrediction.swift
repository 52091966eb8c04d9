import Core
import Inference

/// What is told of one picture.
package struct PicturePrediction: Encodable, Sendable {
  /// Filters that are named.
  private static let namedFilters = 5

  /// Its path, or its name in the data set; of a data set also its number and the class that it is of.
  package let picture: String, sample: Int?, label: String?
  /// The class of the largest logit, its number, and its probability by the softmax.
  package let predicted: String, predictedIndex: Int, probability: Double
  /// The likeliest classes.
  package let top: [Share]
  /// In label order.
  package let logits: [Float]
  /// Filters that speak most for the class; nil where they were not asked for.
  package let filters: [FilterEvidence.Filter]?
  /// Whether the class is the label; nil for files.
  let isRight: Bool?

  /// A class and its probability.
  package struct Share: Encodable, Sendable {
    let name: String, probability: Double

    enum CodingKeys: String, CodingKey {
      case name = "class"
      case probability
    }
  }

  enum CodingKeys: String, CodingKey {
    case picture, sample, label, probability, top, logits, filters
    case predicted = "class"
    case predictedIndex = "class_index"
  }

  /// The answer of a network with these classes, in words of its `top` likeliest.
  package init(
    _ answer: PictureAnswer, of picture: String, sample: Int?, label: Int?, classes: [String],
    top: Int, evidence: FilterEvidence?
  ) {
    let probabilities = answer.probabilities
    self.picture = picture
    self.sample = sample
    self.label = label.map { classes[$0] }
    isRight = label.map { $0 == answer.predicted }
    predictedIndex = answer.predicted
    predicted = classes[answer.predicted]
    probability = probabilities[answer.predicted]
    self.top = answer.order.prefix(top).map {
      Share(name: classes[$0], probability: probabilities[$0])
    }
    logits = answer.logits
    filters = evidence?.strongest(
      Self.namedFilters, for: answer.predicted, features: answer.features)
  }

  /// For people: a line, and one for each filter.
  var lines: [String] {
    let shares = top.map { "\($0.name) \(NumberText.percent($0.probability))" }
    let truth = label.map { " (\($0))" } ?? ""
    return ["\(picture)\(truth)  \(shares.joined(separator: ", "))"] + (filters ?? []).map(\.line)
  }
}

extension FilterEvidence.Filter {
  /// `filter 12: activation 1.23, 4.1 times its mean; adds 2.31; G: cat; M: cat (0.310 nats)`. What a filter of another
  /// class adds by being quiet is told apart, and an M that chance gives.
  fileprivate var line: String {
    var parts = ["activation \(NumberText.fixed(activation, 3))"]
    if let mean {
      parts[0] +=
        mean > 0
        ? ", \(NumberText.fixed(activation / mean, 1)) times its mean" : ", silent in the analysis"
    }
    if let mean, let evidence, evidence > 0, activation < mean {
      parts[0] += " (quieter than usual, which speaks for the class)"
    }
    if let evidence { parts.append("adds \(NumberText.fixed(evidence, 2)) to the logit") }
    if let gateClasses {
      parts.append("G: \(gateClasses.isEmpty ? "no class" : gateClasses.joined(separator: ", "))")
    }
    if let information {
      let chance = isAboveChance == false ? ", no more than by chance" : ""
      let share = informationClass.map {
        "\($0) (\(NumberText.fixed(information, 3)) nats\(chance))"
      }
      parts.append("M: \(share ?? "no class")")
    }
    return "  filter \(filter): \(parts.joined(separator: "; "))"
  }
}

/// All that `predict` tells.
package struct PredictionDocument: Encodable, Sendable {
  let format = "csg-dist predictions", version = 1
  let checkpoint: String, architecture: String
  let classes: [String]
  /// Share of pictures of a data set that are predicted right; nil for files.
  let accuracy: Double?
  let pictures: [PicturePrediction]
  let skipped: [String]

  /// What a checkpoint's network says of pictures; `skipped` says why others were left out.
  package init(
    checkpoint: String, architecture: String, classes: [String], pictures: [PicturePrediction],
    skipped: [String]
  ) {
    self.checkpoint = checkpoint
    self.architecture = architecture
    self.classes = classes
    self.pictures = pictures
    self.skipped = skipped
    let labelled = pictures.count { $0.label != nil }
    accuracy =
      labelled == 0 ? nil : Double(pictures.count { $0.isRight == true }) / Double(labelled)
  }

  /// For people: every picture, then the accuracy where it is known.
  package var text: String {
    let all = pictures.flatMap(\.lines)
    let total = accuracy.map { "\(pictures.count) samples, accuracy \(NumberText.percent($0))" }
    return (all + [total].compactMap { $0 }).joined(separator: "\n")
  }
}
