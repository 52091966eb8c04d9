import Testing

import Figures

@Suite struct PartsTests {
  @Test func ticksAreRound() {
    #expect(Ticks.round(0...1, most: 6).map(\.text) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(Ticks.round(0.003...0.0161, most: 4).map(\.text) == ["0.005", "0.010", "0.015"])
    #expect(Ticks.round(-1...1, most: 5).map(\.text) == ["−1.0", "−0.5", "0.0", "0.5", "1.0"])
    #expect(Ticks.round(0...1563, most: 5).map(\.text) == ["0", "500", "1000", "1500"])
    #expect(Ticks.round(2...2, most: 5).map(\.value) == [2])
    #expect(Ticks.widened(0.1...2.3) == 0...2.5)
    #expect(Ticks.widened(3...3) == 2.5...3.5)
  }

  @Test func axesOfChartsCoverTheirValues() {
    func chart(isFromZero: Bool, yRange: ClosedRange<Double>? = nil) -> LineChart {
      LineChart(
        "", x: "", y: "", series: [.init("", [.init(1, 0.42), .init(3, 0.58)], style: 0)],
        bands: [0...2], yRange: yRange, isFromZero: isFromZero)
    }
    func expect(_ range: ClosedRange<Double>, _ low: Double, _ high: Double) {
      #expect(abs(range.lowerBound - low) < 1e-12 && abs(range.upperBound - high) < 1e-12)
    }
    #expect(chart(isFromZero: false).ranges.x == 0...3, "bands included")
    expect(chart(isFromZero: false).ranges.y, 0.4, 0.6)
    expect(chart(isFromZero: true).ranges.y, 0, 0.6)
    expect(chart(isFromZero: true, yRange: 0...1).ranges.y, 0, 1)
  }

  @Test func labelsAreThinnedToTheirRoom() {
    let axis = Axis.numbers("filter", count: 64)
    #expect(axis.ticks(length: 640, needed: 10).count == 64)
    #expect(axis.ticks(length: 640, needed: 25).map(\.text).prefix(3) == ["0", "5", "10"])
    let groups = Axis.groups("class", [("a", 3), ("b", 0), ("c", 1), ("d", 4)])
    #expect(groups.count == 8 && groups.separators == [3, 4])
    #expect(groups.ticks(length: 80, needed: 1).map(\.text) == ["a", "c", "d"])
    #expect(groups.ticks(length: 80, needed: 25).map(\.text) == ["a", "d"])
  }

  /// The ends hold what is left; NaN counts only where there is nothing else.
  @Test func blocksAreTakenTogether() {
    let matrix = Matrix(rows: 3, columns: 3, values: [1, 2, 3, 5, .nan, 7, .nan, .nan, -1])
    let largest = matrix.reduced(height: 2, width: 2, by: .largest)
    #expect(largest.rows == 2 && largest.columns == 2)
    #expect(Array(largest.values[..<2]) == [5, 7])
    #expect(largest[1, 0].isNaN && largest[1, 1] == -1)
    let mean = matrix.reduced(height: 2, width: 2, by: .mean)
    #expect(mean[0, 0] == 8.0 / 3 && mean[0, 1] == 5)
  }

  /// A kind is not hidden by one of a higher number.
  @Test func kindsAreTakenTogether() {
    let kinds = Matrix(rows: 2, columns: 7, values: [0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 0, 0, 3, .nan])
    let shown = kinds.reduced(height: 2, width: 2, by: .kind(several: 4))
    #expect(shown.values == [0, 1, 4, 0])
  }

  @Test func rowsAndColumnsAreOrdered() {
    let matrix = Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])
    #expect(matrix.rows([1, 0]).values == [4, 5, 6, 1, 2, 3])
    #expect(matrix.columns([2, 0]).values == [3, 1, 6, 4])
    #expect(matrix.transposed.values == [1, 4, 2, 5, 3, 6])
  }

  @Test func textIsEscaped() {
    #expect(Markup.escaped("<a & 'b' \"c\">\u{7}") == "&lt;a &amp; &#39;b&#39; &quot;c&quot;&gt; ")
  }

  @Test func tablesAreAlsoMarkdown() {
    let table = Table(
      caption: "A\ntable", header: ["Name", "n"], rows: [["a | b", "1"], ["c", "12.5 %"]],
      numeric: [1])
    #expect(
      table.markdown == """
        A table

        | Name   |      n |
        | ------ | -----: |
        | a \\| b |      1 |
        | c      | 12.5 % |

        """)
  }
}
