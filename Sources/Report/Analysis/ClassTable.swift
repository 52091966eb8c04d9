import Core
import Figures
import Interpretability

/// What the filters of each class are worth, at a glance.
package enum ClassTable {
  /// A row a class: its filters, which of them M bears out, and whether the class needs them.
  package static func table(classes: [String], answers: [ClassAnswer]) -> Table {
    let isGated = answers.contains { $0.gate != nil }
    return Table(
      caption: "The filters of each class at a glance",
      header: [
        "Class", "Filters", isGated ? "Own by G and M" : "Own by M too",
        "M: another class", "M: chance", "Needed",
      ],
      rows: answers.map { answer in
        [
          classes[answer.label], "\(answer.filters.count)", list(answer.agreeing),
          list(answer.differing), list(answer.unclear), need(answer),
        ]
      })
  }

  private static func list(_ filters: [Int]) -> String {
    filters.isEmpty ? ReportText.none : ClassText.list(filters)
  }

  /// See `ClassText`'s last sentence.
  private static func need(_ answer: ClassAnswer) -> String {
    guard let removal = answer.removal, answer.before.own.right > 0 else { return ReportText.none }
    guard removal.isNeeded else { return "not shown" }
    return removal.costsOthers ? "not by it alone" : "yes"
  }
}
