import Figures

/// Figures with labels that are hard to place: long words, long lines, many scripts, notes below the plots.
enum LetteredFigures {
  static let scripts = [
    "собака", "θηλαστικό", "كلب صغير", "כלב", "汽车与飞机", "कुत्ता", "café", "cafe\u{301}",
    String(repeating: "antidisestablishmentarianism", count: 5), "<a & b>",
  ]

  static var all: [Figure] {
    get throws { try [long, reduced, turned, categories, charts] }
  }

  private static let sentence = String(repeating: "a long label of many words ", count: 12)
  private static let word = String(repeating: "Donaudampfschifffahrt", count: 12)

  /// Names of axes and scale that are longer than their sides, and a title of one word.
  private static var long: Figure {
    get throws {
      let matrix = Matrix(rows: 10, columns: 10, values: (0..<100).map { Double($0) })
      let axis = Axis.names(sentence, scripts)
      return try Figure(
        "long", title: word, summary: "See it.",
        .heatMaps(
          [HeatMap(word, matrix, x: axis, y: axis, reduction: .mean)],
          .fromZero([matrix], label: sentence)))
    }
  }

  /// Cells that stand for several entries, which a note below says.
  private static var reduced: Figure {
    get throws {
      let matrix = Matrix(rows: 700, columns: 2048, values: Array(repeating: 1, count: 700 * 2048))
      let map = HeatMap(
        "(a) \(sentence)", matrix, x: .numbers("filter", count: 2048),
        y: .names("class", (0..<700).map { scripts[$0 % scripts.count] }), reduction: .largest)
      return try Figure(
        "reduced", title: "Many", summary: "",
        .heatMaps([map, map], .fromZero([matrix], label: "nats")))
    }
  }

  /// Short names beside the plot, one long name below it that is not the first.
  private static var turned: Figure {
    get throws {
      let matrix = Matrix(rows: 2, columns: 24, values: Array(repeating: 0.5, count: 48))
      let names = ["a", word] + (2..<24).map { "class \($0)" }
      let map = HeatMap(
        "", matrix, x: .names("class", names), y: .names("row", ["a", "b"]), reduction: .mean,
        decimals: nil)
      return try Figure(
        "turned", title: "", summary: "", .heatMaps([map, map], .fromZero([matrix], label: "")))
    }
  }

  private static var categories: Figure {
    get throws {
      let matrix = Matrix(rows: 3, columns: 3000, values: (0..<9000).map { Double($0 % 3) })
      let kinds = [word, sentence, "several"].map { ColorScale.Category($0, Color.okabeIto[0]) }
      return try Figure(
        "categories", title: "Kinds", summary: "",
        .heatMaps(
          [
            HeatMap(
              "", matrix, x: .numbers("filter", count: 3000), y: .names("y", ["a", "b", "c"]),
              reduction: .kind(several: 2), decimals: nil)
          ], ColorScale(.categories(kinds), label: "")))
    }
  }

  /// Labels at the very ends of axes; entries of the legend that are wider than the panel.
  private static var charts: Figure {
    get throws {
      func chart(_ last: Double) -> LineChart {
        LineChart(
          sentence, x: sentence, y: sentence,
          series: [
            .init(word, [.init(0, 1e6), .init(last, -2e6)], style: 0),
            .init(sentence, [.init(0, 0), .init(last, 1)], style: 1),
          ], bands: [0...last / 2], bandName: word)
      }
      return try Figure(
        "charts", title: sentence, summary: "", .charts([chart(10_000_000), chart(0.001)]))
    }
  }
}
