import Core
import Interpretability

/// Whether gates made filters more class-specific, in plain words.
package struct SpecificityText {
  /// What was found of a network.
  package struct Net {
    let isGated: Bool, accuracy: Tally
    /// MIS, the ends of its interval, and by chance.
    let score: Double, interval: [Double], chance: Double?
    /// The share of filters that tell more than chance.
    let aboveChance: Double?

    /// What was found.
    package init(
      isGated: Bool, accuracy: Tally, score: Double, interval: [Double], chance: Double?,
      aboveChance: Double?
    ) {
      self.isGated = isGated
      self.accuracy = accuracy
      self.score = score
      self.interval = interval
      self.chance = chance
      self.aboveChance = aboveChance
    }

    init(_ metrics: NetworkMetrics) {
      self.init(
        isGated: metrics.origin.gated, accuracy: metrics.recognised,
        score: metrics.informationScore.value, interval: metrics.information.scoreInterval.value,
        chance: metrics.information.scoreChance.value,
        aboveChance: metrics.information.filtersAboveChance.value)
    }
  }

  /// A baseline, MIS over its MIS with the ends of the interval, and the accuracies of the same samples.
  package struct Beside {
    let net: Net, ratio: Double?, interval: [Double]?, accuracy: PairedAccuracy

    /// What was found.
    package init(_ net: Net, ratio: Double?, interval: [Double]?, accuracy: PairedAccuracy) {
      self.net = net
      self.ratio = ratio
      self.interval = interval
      self.accuracy = accuracy
    }
  }

  let network: Net, baseline: Beside?
  /// Keys in which the two were trained otherwise, the gate aside.
  let otherKeys: [String]

  /// The text of a network, and of a baseline beside it.
  package init(_ network: Net, _ baseline: Beside?, otherKeys: [String] = []) {
    self.network = network
    self.baseline = baseline
    self.otherKeys = otherKeys
  }

  /// The text of an analysis.
  package init(_ metrics: Metrics) {
    network = Net(metrics.network)
    otherKeys =
      metrics.baseline.map { metrics.network.origin.keysBesideTheGate($0.origin) } ?? []
    baseline = metrics.baseline.flatMap { baseline in
      metrics.comparison.map {
        Beside(
          Net(baseline), ratio: $0.scoreRatio.value, interval: $0.scoreRatioInterval.value,
          accuracy: $0.accuracy)
      }
    }
  }

  /// The answer, with the numbers behind it, what it costs, and what is not known.
  package var sentences: String {
    guard let baseline else { return [alone, give].joined(separator: " ") }
    return [answer, cost(baseline.accuracy), Self.seeds].joined(separator: " ")
  }

  /// Whether what differs may be the gates' doing.
  private var isOfGates: Bool { network.isGated && otherKeys.isEmpty }

  /// The answer in a sentence.
  package var answer: String {
    guard let baseline else { return alone }
    let (who, whom) =
      isOfGates
      ? ("the gates made the filters", "")
      : (
        "the filters are",
        network.isGated
          ? " (the two were trained otherwise in \(ReportText.list(otherKeys)) as well)"
          : " (neither net has gates)"
      )
    let scores =
      "MIS is \(Self.nats(network.score)) against the baseline's \(Self.number(baseline.net.score))"
    guard let ratio = baseline.ratio, let interval = baseline.interval else {
      return "Whether \(who) more class-specific than the baseline's cannot be told here\(whom): "
        + "\(scores)\(chance(beside: baseline.net)), and tells too little to make a ratio of."
    }
    let times =
      "\(NumberText.fixed(ratio, 3)) times as much (95 % interval "
      + interval.map { NumberText.fixed($0, 3) }.joined(separator: " to ")
    let isKnown = network.isAboveChance
    let start: String
    if interval[0] > 1 && isKnown {
      start = "Here \(who) more class-specific than the baseline's\(whom)"
    } else if interval[1] < 1 {
      start = "Here \(who) less class-specific than the baseline's\(whom)"
    } else {
      let not = isOfGates ? "the gates did not make the filters" : "the filters are not"
      start = "Here \(not) clearly more class-specific than the baseline's\(whom)"
    }
    let open = interval[0] <= 1 && interval[1] >= 1 ? ", which has 1 in it)" : ")"
    return "\(start): \(scores), \(times)\(open)\(chance(beside: baseline.net))."
      + (isKnown ? "" : " The network's is not clearly above chance.")
  }

  private func chance(beside other: Net) -> String {
    guard let ours = network.chance, let theirs = other.chance else {
      return "; what chance would give was not asked (--permutations)"
    }
    return "; chance would give \(Self.number(ours)) and \(Self.number(theirs))"
  }

  private func cost(_ accuracy: PairedAccuracy) -> String {
    guard let difference = accuracy.difference else { return "" }
    let what =
      difference.low > 0
      ? "a clear gain" : difference.high < 0 ? "a clear loss" : "no clear difference"
    return "The network recognises \(Self.share(accuracy.first)), the baseline "
      + "\(accuracy.second.right) (\(Self.percent(accuracy.second))): "
      + NumberText.signed(100 * difference.value, decimals: 2, unit: " points")
      + " (95 % interval \(NumberText.signed(100 * difference.low, decimals: 2)) to "
      + "\(NumberText.signed(100 * difference.high, decimals: 2))), \(what); "
      + "\(accuracy.onlyFirst) the network alone, \(accuracy.onlySecond) the baseline alone."
  }

  private static let seeds =
    "One run a side tells nothing of the spread over seeds, which the intervals leave out: train both with "
    + "several seeds, analyze each, and csg-dist compare holds the difference against it."

  // MARK: Without a baseline

  private var alone: String {
    let start =
      network.isGated
      ? "No baseline was given, so that it cannot be said whether the gates made the filters more "
        + "class-specific."
      : "The network has no gates, and no baseline was given to hold it against."
    let interval = network.interval.map { NumberText.short($0) }.joined(separator: " to ")
    let score =
      " MIS is \(Self.nats(network.score)) (95 % interval \(interval))"
      + (network.chance.map {
        ", where chance would give \(Self.number($0))"
          + (network.isAboveChance ? "" : ", which is not clearly less")
      } ?? "; what chance would give was not asked (--permutations)")
    let filters = network.aboveChance.map {
      ": \(ReportText.share($0)) of the filters tell more than chance"
    }
    return start + score + (filters ?? "")
      + ". The network recognises \(Self.share(network.accuracy))."
  }

  private var give: String {
    network.isGated
      ? "To compare, train the same configuration with --set gate.schedule=standard, and name that run "
        + "with --baseline."
      : "Analyze a run with gates, and name this one with --baseline."
  }

  // MARK: Numbers

  private static func number(_ value: Double) -> String { NumberText.fixed(value, 4) }

  private static func nats(_ value: Double) -> String { number(value) + " nats" }

  private static func percent(_ tally: Tally) -> String {
    ReportText.share(tally.share?.share)
  }

  private static func share(_ tally: Tally) -> String {
    let interval = tally.share.map { ", 95 % interval \(ReportText.percentInterval($0))" } ?? ""
    return
      "\(tally.right) of \(NumberText.count(tally.samples, "sample")) (\(percent(tally))\(interval))"
  }
}

extension SpecificityText.Net {
  /// Whether MIS is clearly more than chance; true where chance is not known.
  fileprivate var isAboveChance: Bool {
    chance.map { (interval.first ?? score) > $0 } ?? true
  }
}
