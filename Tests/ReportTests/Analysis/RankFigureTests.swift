import Figures
import Foundation
import Inference
import Report
import TestSupport
import Testing

@Suite struct RankFigureTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A run whose epochs, 10 steps each, have left these.
  private func run(_ name: String, _ epochs: [(overlap: Double?, imbalance: Double?)]) throws
    -> TrainingFigure.Run
  {
    let encoder = JSONEncoder()
    let lines = try epochs.enumerated().map { epoch, times in
      let record = EpochRecord(
        step: 10 * (epoch + 1), epoch: epoch, path: .standard, trainLoss: 1, trainAccuracy: 0.5,
        testLoss: nil, testAccuracy: nil, density: nil, seconds: 1, overlap: times.overlap,
        imbalance: times.imbalance)
      return String(decoding: try encoder.encode(record), as: UTF8.self) + "\n"
    }
    try folder.write("\(name)/metrics.jsonl", Array(lines.joined().utf8))
    return (name, try #require(try RunRecords(run: folder(name), upTo: 1000)))
  }

  @Test func onlyRunsOfSeveralRanksAreDrawn() throws {
    let alone = try run("alone", [(nil, nil), (nil, nil)])
    #expect(try RankFigure.figure([alone]) == nil)
    #expect(try RankFigure.figure([]) == nil)
    let together = try run("together", [(nil, nil), (0.5, 1.25), (0.75, 1.5)])
    let figure = try #require(try RankFigure.figure([alone, together]))
    guard case .charts(let charts) = figure.content else {
      Issue.record("the figure has lines")
      return
    }
    #expect(charts.map { $0.series.map(\.name) } == [["together"], ["together"]])
    #expect(charts[0].series[0].points == [.init(2, 0.5), .init(3, 0.75)])
    #expect(charts[1].series[0].points == [.init(2, 1.25), .init(3, 1.5)])
    #expect(figure.summary.contains("together 0.750") && figure.summary.contains("together 1.500"))
    #expect(!figure.summary.contains("alone"))
    #expect(try figure.svg().count > 1000)
  }

  /// An epoch whose ranks summed nothing has no share, but a slowest rank.
  @Test func oneOfBothMayBeThere() throws {
    let figure = try #require(try RankFigure.figure([run("run", [(nil, 1.5)])]))
    guard case .charts(let charts) = figure.content else {
      Issue.record("the figure has lines")
      return
    }
    #expect(charts.map(\.title) == ["The slowest rank"])
  }
}
