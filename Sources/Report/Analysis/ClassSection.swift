import Core
import Figures
import Interpretability

/// The part of a report that says in words what the filters of each class are worth.
package struct ClassSection {
  /// Names by label; which class each filter is for, and what those of each class are worth.
  let classes: [String], filters: [FilterAnswer], answers: [ClassAnswer]

  /// The part of a network.
  package init(classes: [String], filters: [FilterAnswer], answers: [ClassAnswer]) {
    self.classes = classes
    self.filters = filters
    self.answers = answers
  }

  /// More classes than these are a folded table.
  private static let mostParagraphs = 20

  /// What stands on the page.
  package var blocks: [Page.Block] {
    let text = ClassText(classes: classes, filters: filters)
    let isGated = answers.contains { $0.gate != nil }
    let start: [Page.Block] = [
      .heading(2, "Each class in words"), .paragraph(ClassOverview(answers).sentences),
    ]
    let meaning = Page.Block.paragraph(
      (isGated ? "G is the gate matrix, M the" : "M is the")
        + " mutual information between a filter's activation and whether a sample is of a class. "
        + "Samples are right that the STD path predicts right; behind a share stands its 95 % interval, "
        + "behind what random filters leave the least and the most of it.")
    guard answers.count > Self.mostParagraphs else {
      return start
        + [.table(ClassTable.table(classes: classes, answers: answers)), meaning]
        + answers.map { .paragraph("\(classes[$0.label]): \(text.sentences($0))") }
    }
    return start + [
      meaning,
      .folded(
        "Each of \(answers.count) classes",
        [
          .table(
            Table(
              caption: "The filters of each class, and what they are worth",
              header: ["Class", "In words"],
              rows: answers.map { [classes[$0.label], text.sentences($0)] }, prose: [1]))
        ]),
    ]
  }
}

/// What the filters of all classes together are worth, in sentences.
package struct ClassOverview {
  let answers: [ClassAnswer]

  /// The overview of these.
  package init(_ answers: [ClassAnswer]) { self.answers = answers }

  /// See above.
  package var sentences: String {
    let having = answers.count { !$0.filters.isEmpty }
    func sum(_ count: (ClassAnswer) -> Int) -> Int { answers.reduce(0) { $0 + count($1) } }
    let all = sum(\.filters.count)
    let classes = NumberText.count(answers.count, "class", "classes")
    guard all > 0 else { return "Of \(classes) none has filters of its own." }
    let known =
      "Of \(classes) \(having) \(having == 1 ? "has" : "have") filters, "
      + "\(NumberText.count(all, "pair")) of class and filter in all: M agrees on \(sum(\.agreeing.count)), "
      + "names another class for \(sum(\.differing.count)), and tells of \(sum(\.unclear.count)) no more "
      + "than chance."
    let removed = answers.compactMap { answer in
      answer.before.own.right > 0 ? answer.removal : nil
    }
    guard let first = removed.first else { return known }
    let needed = removed.filter(\.isNeeded)
    let alone = needed.count { !$0.costsOthers }
    return known
      + " Without its filters \(needed.count) of \(NumberText.count(removed.count, "class", "classes")) "
      + "\(needed.count == 1 ? "loses" : "lose") more than in any of "
      + "\(NumberText.count(first.own.draws, "draw")) of as many random ones; with \(alone) of these the "
      + "others do not."
  }
}
