import Core

/// What an attack's numbers may be wrong for.
package enum AttackWarnings {
  /// Of all that a run counted.
  package static func all(_ tally: AttackTally) -> [AttackSummary.Warning] {
    func share(_ count: Int) -> String {
      "\(count) of \(tally.attacked) samples "
        + "(\(NumberText.percent(Double(count) / Double(tally.attacked))))"
    }
    var warnings: [AttackSummary.Warning] = []
    if tally.blind > 0 {
      warnings.append(
        AttackSummary.Warning(
          name: "zero-gradients",
          text: "the gradient was zero everywhere for \(share(tally.blind)) before the net was "
            + "fooled: that these resist says nothing of the net"))
    }
    if tally.outside > 0 {
      warnings.append(
        AttackSummary.Warning(
          name: "outside-box",
          text: "the pictures of \(share(tally.outside)) are not in [0, 1] or not in their ball: "
            + "an error of the program"))
    }
    return warnings
  }
}
