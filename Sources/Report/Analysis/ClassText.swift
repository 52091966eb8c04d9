import Core
import Interpretability

/// What the filters of a class are worth, in sentences.
package struct ClassText {
  /// Names by label.
  let classes: [String]
  /// Which class each filter is for [K].
  let filters: [FilterAnswer]

  /// The text of classes with these names.
  package init(classes: [String], filters: [FilterAnswer]) {
    self.classes = classes
    self.filters = filters
  }

  /// Filters that a sentence lists, and classes beside the one that it is about.
  private static let listed = 8, named = 3

  /// All that is said of a class, after its name: its filters, what G and M say of them, and what is left
  /// without them.
  package func sentences(_ answer: ClassAnswer) -> String {
    let parts = [which(answer), gate(answer), information(answer), worth(answer)]
    return parts.compactMap { $0.map { $0 + "." } }.joined(separator: " ")
  }

  // MARK: Which they are

  private func which(_ answer: ClassAnswer) -> String {
    let isGated = answer.gate != nil
    guard !answer.filters.isEmpty else {
      return isGated
        ? "no filter, since none has a gate entry > 0.5 for it"
        : "no filter is known, since it has no sample and the net no gate"
    }
    let list = Self.list(answer.filters)
    let all =
      answer.filters.count > Self.listed
      ? "\(answer.filters.count) filters, \(list)"
      : "filter\(answer.filters.count == 1 ? "" : "s") \(list)"
    return isGated ? all : all + ", of which it has the largest mean activations"
  }

  /// Numbers of filters, the first few by name.
  static func list(_ filters: [Int]) -> String {
    ReportText.list(filters.map { "\($0)" }, most: listed)
  }

  /// Values from the least to the most: `0.930 to 1.000`, `1.000` where both read alike.
  private static func range(_ values: [Double]) -> String {
    let ends = [values.min(), values.max()].compactMap { $0 }.map { NumberText.fixed($0, 3) }
    return ends.first == ends.last ? ends.first ?? "" : ends.joined(separator: " to ")
  }

  // MARK: G

  private func gate(_ answer: ClassAnswer) -> String? {
    guard let gate = answer.gate, !answer.filters.isEmpty else { return nil }
    let entries = zip(answer.filters, gate).map { (filter: $0, value: $1) }
    let own = entries.filter { $0.value == filters[$0.filter].gate }
    let rather = entries.filter { $0.value != filters[$0.filter].gate }
    let shared = own.map(\.filter).filter { (filters[$0].gateClasses ?? 0) > 1 }
    var parts: [String] = []
    if !own.isEmpty {
      let which =
        switch (own.count, entries.count) {
        case (1, 1): "it"
        case (let some, let all) where some == all: "all of them"
        default: Self.list(own.map(\.filter))
        }
      let others =
        switch (shared.count, own.count) {
        case (0, _): ""
        case (1, 1): ", and to other classes too"
        case (let some, let all) where some == all: ", and all to other classes too"
        default: ", \(Self.list(shared)) to other classes too"
        }
      parts.append("\(which) to this class (\(Self.range(own.map(\.value))))\(others)")
    }
    parts += rather.prefix(Self.named).map { entry in
      let answer = filters[entry.filter]
      return "\(entry.filter) rather to \(name(answer.gateClass)) "
        + "(\(NumberText.fixed(answer.gate ?? 0, 3)), to this class \(NumberText.fixed(entry.value, 3)))"
    }
    if rather.count > Self.named {
      let more = NumberText.count(rather.count - Self.named, "other", "others")
      parts.append("\(more) rather to other classes")
    }
    return "G gives " + parts.joined(separator: "; ")
  }

  private func name(_ label: Int?) -> String { label.map { classes[$0] } ?? "no class" }

  // MARK: M

  private func information(_ answer: ClassAnswer) -> String? {
    guard !answer.filters.isEmpty else { return nil }
    func nats(_ filters: [Int]) -> String {
      "(\(Self.range(filters.map { self.filters[$0].information })) nats)"
    }
    let agreed =
      switch (answer.agreeing.count, answer.filters.count) {
      case (0, 1): "M does not agree"
      case (0, _): "M agrees on none"
      case (1, 1): "M agrees \(nats(answer.agreeing))"
      case (let some, let all) where some == all: "M agrees on all \(nats(answer.agreeing))"
      default: "M agrees on \(Self.list(answer.agreeing)) \(nats(answer.agreeing))"
      }
    var parts = [agreed]
    // By the class that M names, in the order of the filters.
    var groups: [(label: Int, filters: [Int])] = []
    for k in answer.differing {
      guard let label = filters[k].knownClass else { continue }
      if let i = groups.firstIndex(where: { $0.label == label }) {
        groups[i].filters.append(k)
      } else {
        groups.append((label, [k]))
      }
    }
    parts += groups.prefix(Self.named).map {
      "for \(Self.list($0.filters)) it names \(classes[$0.label]) \(nats($0.filters))"
    }
    let rest = groups.dropFirst(Self.named).reduce(0) { $0 + $1.filters.count }
    if rest > 0 {
      parts.append("for \(rest) more \(rest == 1 ? "another class" : "other classes")")
    }
    if !answer.unclear.isEmpty {
      let isTested = filters[answer.unclear[0]].isAboveChance != nil
      parts.append(
        "of \(Self.list(answer.unclear)) it knows "
          + (isTested ? "no more than chance would" : "nothing"))
    }
    return parts.joined(separator: "; ")
  }

  // MARK: What they are worth

  private func worth(_ answer: ClassAnswer) -> String {
    let own = answer.before.own
    guard let removal = answer.removal else {
      let counted =
        own.samples == 0
        ? "It has no sample here"
        : "\(Self.all(own, of: "its \(Self.samples(own))"))"
      return answer.filters.isEmpty
        ? counted
        : counted + "; what is left without "
          + (answer.filters.count == 1 ? "this filter" : "these")
          + " was not asked (--remove-classes)"
    }
    let count = answer.filters.count
    func left(_ before: Tally, _ after: Tally, _ drawn: ClassAnswer.Drawn, of whose: String)
      -> String
    {
      "\(Self.all(before, of: whose)), \(after.right) without "
        + "\(count == 1 ? "this filter" : "these") (\(Self.percent(after))), "
        + "\(NumberText.short(drawn.mean)) without \(count == 1 ? "a random one" : "\(count) random ones") "
        + "(\(drawn.least) to \(drawn.most) in \(NumberText.count(drawn.draws, "draw")))"
    }
    let (after, others) = (removal.after, answer.before.others)
    let ofOthers =
      others.samples == 0
      ? "Other classes have no sample here"
      : left(
        others, after.others, removal.others,
        of: "the \(Self.samples(others)) of other classes")
    guard own.samples > 0 else { return "It has no sample here. " + ofOthers }
    return left(own, after.own, removal.own, of: "its \(Self.samples(own))") + ". " + ofOthers
      + ". " + Self.verdict(answer, removal)
  }

  private static func samples(_ tally: Tally) -> String {
    NumberText.count(tally.samples, "sample")
  }

  /// `Of its 200 samples 187 are right with all filters (93.50 %, 89.19 to 96.17 %)`.
  private static func all(_ tally: Tally, of whose: String) -> String {
    "Of \(whose) \(tally.right) \(tally.right == 1 ? "is" : "are") right with all filters "
      + "(\(percent(tally)))"
  }

  private static func percent(_ tally: Tally) -> String {
    guard let share = tally.share else { return ReportText.none }
    return "\(NumberText.percent(share.share)), \(ReportText.percentInterval(share))"
  }

  /// Whether the class needs its filters more than random ones, and others do not.
  private static func verdict(_ answer: ClassAnswer, _ removal: ClassAnswer.Without) -> String {
    let (it, these) =
      answer.filters.count == 1 ? ("this filter is", "this one") : ("these filters are", "these")
    guard answer.before.own.right > 0 else {
      return "None of the class is right to begin with, so that it has nothing to lose"
    }
    guard removal.isNeeded else {
      return
        "In some draw random filters cost the class as much: that it needs \(these) in particular "
        + "is not shown"
    }
    return removal.costsOthers
      ? "The class loses more than in any draw, but so do the others: \(it) not for it alone"
      : "The class loses more than in any draw, and the others do not: it needs \(these) in particular"
  }
}
