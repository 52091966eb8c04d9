import Foundation
import TestSupport
import Testing

/// `train --trace`: six steps on two ranks, a replica each.
@Suite struct TraceTests {
  private static let command = FaultyCommand.train(["--trace", "trace.json"])
  private static let stages = [
    "data_wait", "load", "forward", "backward", "all_reduce", "update",
  ]

  /// A traced run of two ranks.
  private static let traced = Result {
    let folder = try command.folder()
    let finished = try Program.run(command.arguments, ranks: 2, in: folder.path)
    try #require(finished.status == 0, "\(finished.errors)")
    return (folder: folder, timeline: try Timeline(folder("trace.json")))
  }

  @Test func everyStepHasItsStagesOnBothRanks() throws {
    let timeline = try Self.traced.get().timeline
    timeline.expectOrder()
    #expect(Set(timeline.spans.map(\.rank)) == [0, 1])
    for step in 1...6 {
      let epoch = (step - 1) / 3
      for rank in 0..<2 {
        let whole = try #require(timeline.main(rank, "step", step: step).first)
        #expect(whole.epoch == epoch)
        // One replica a rank: each stage once, in order, within the step.
        let stages = try Self.stages.map { name in
          let spans = timeline.main(rank, name, step: step)
          #expect(spans.count == 1, "\(name) of step \(step), rank \(rank)")
          return try #require(spans.first)
        }
        #expect(zip(stages, stages.dropFirst()).allSatisfy { $0.end <= $1.start })
        #expect(stages[0].start >= whole.start && stages[5].end <= whole.end)
        // Layer by layer there and back, within their passes.
        for (pass, name) in [(stages[2], "forward"), (stages[3], "backward")] {
          for layer in ["conv1", "layer1.0", "layer2.0", "layer3.0"] {
            let span = try #require(timeline.main(rank, "\(layer) \(name)", step: step).first)
            #expect(pass.start <= span.start && span.end <= pass.end)
          }
        }
        let buckets = timeline.spans.filter {
          $0.rank == rank && $0.step == step && $0.name == "bucket"
        }
        #expect(
          !buckets.isEmpty
            && buckets.allSatisfy { timeline.thread($0).hasPrefix("all-reduce, buckets ") })
        #expect(buckets.allSatisfy { whole.start <= $0.start && $0.end <= stages[5].start })
      }
    }
  }

  /// The sum is there on no rank before the other has brought its part: so say the aligned clocks.
  @Test func ranksHaveOneClock() throws {
    let timeline = try Self.traced.get().timeline
    for step in 1...6 {
      let sums = try (0..<2).map {
        try #require(timeline.main($0, "all_reduce", step: step).first)
      }
      #expect(sums[0].end >= sums[1].start && sums[1].end >= sums[0].start)
    }
    let head = try timeline.head
    let ranks = try #require(head["ranks"] as? [[String: Any]])
    #expect(ranks.map { $0["rank"] as? Int } == [0, 1])
    for rank in ranks {
      let clock = try #require(rank["clock"] as? [[String: Any]])
      #expect(clock.map { $0["ahead_ns"] as? Int } == [0, 0])
      #expect(clock.map { $0["round_trip_ns"] as? Int } == [0, 0])
    }
  }

  /// Evaluation, saves with their own thread on rank 0, batches with theirs; all threads are named.
  @Test func whatLiesBetweenStepsIsThere() throws {
    let timeline = try Self.traced.get().timeline
    #expect(Set(timeline.ranks.keys) == [0, 1])
    #expect(timeline.ranks.allSatisfy { $1.hasPrefix("rank \($0) (") })
    #expect(timeline.spans.allSatisfy { !timeline.thread($0).isEmpty })
    for rank in 0..<2 {
      for step in [3, 6] {
        #expect(timeline.main(rank, "evaluation", step: step).count == 1)
        #expect(timeline.main(rank, "epoch_end", step: step).map(\.epoch) == [step / 3 - 1])
      }
      for step in [2, 3, 4, 6] {
        #expect(timeline.main(rank, "checkpoint", step: step).count == 1)
        #expect(timeline.main(rank, "checkpoint_copy", step: step).count == (rank == 0 ? 1 : 0))
      }
      let batches = timeline.spans.filter { $0.rank == rank && $0.name == "batch" }
      #expect(Set(batches.map(\.step)).isSuperset(of: 1...6))
      #expect(batches.allSatisfy { timeline.thread($0).hasPrefix("prefetch ") })
    }
    // The few test samples are one rank's.
    for step in [3, 6] {
      #expect(timeline.spans.contains { $0.name == "conv1 evaluation" && $0.step == step })
    }
    let writes = timeline.spans.filter { $0.name == "checkpoint_write" }
    #expect(writes.map(\.step) == [2, 3, 4, 6])
    #expect(writes.allSatisfy { $0.rank == 0 && timeline.thread($0) == "checkpoint" })
    let head = try timeline.head
    let ranks = try #require(head["ranks"] as? [[String: Any]])
    let threads = ranks.compactMap { $0["threads"] as? [[String: Any]] }
    #expect(threads.joined().allSatisfy { $0["dropped"] as? Int == 0 })
    let count = threads.joined().compactMap { $0["spans"] as? Int }.reduce(0, +)
    #expect(count == timeline.spans.count)
  }

  /// The same bits as without a trace; records say how ranks got on.
  @Test func nothingElseChanges() throws {
    let plain = FaultyCommand.train([])
    let folder = try plain.folder()
    #expect(try Program.run(plain.arguments, in: folder.path).status == 0)
    #expect(try plain.result(folder) == Self.command.result(Self.traced.get().folder))
    func epochs(_ folder: TemporaryFolder) throws -> [[String: Any]] {
      try String(contentsOfFile: folder("run/metrics.jsonl"), encoding: .utf8)
        .split(separator: "\n").compactMap {
          try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }.filter { $0["kind"] as? String == "epoch" }
    }
    for epoch in try epochs(folder) {
      #expect(epoch["all_reduce_overlap"] is NSNull && epoch["imbalance"] is NSNull)
    }
    for epoch in try epochs(Self.traced.get().folder) {
      #expect((0...1).contains(try #require(epoch["all_reduce_overlap"] as? Double)))
      #expect((1...2).contains(try #require(epoch["imbalance"] as? Double)))
    }
  }

  /// Python's parser takes it too.
  @Test(.enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)))
  func pythonReadsIt() throws {
    let python = try #require(Places.python)
    let program = "import json; print(len(json.load(open('trace.json'))['traceEvents']))"
    let (folder, timeline) = try Self.traced.get()
    let finished = try Program(command: [python, "-c", program], in: folder.path).finish()
    let events = try #require(Int(finished.output.trimmingCharacters(in: .newlines)))
    #expect(events == timeline.spans.count + 2 * (timeline.ranks.count + timeline.threads.count))
  }

  // MARK: Parts of a run

  /// Of a run that goes on: steps of the whole run.
  @Test func stepsAreChosen() throws {
    let folder = try Self.command.folder()
    let plain = FaultyCommand.train([]).arguments
    #expect(try Program.run(plain + ["--max-steps", "2"], in: folder.path).status == 0)
    let finished = try Program.run(
      Self.command.arguments + ["--resume", "auto", "--trace-steps", "4..5"], in: folder.path)
    #expect(finished.status == 0, "\(finished.errors)")
    let timeline = try Timeline(folder("trace.json"))
    timeline.expectOrder()
    let head = try timeline.head
    #expect(head["steps"] as? String == "4..5")
    let main = timeline.spans.filter { timeline.thread($0) == "main" }
    #expect(Set(main.map(\.step)) == [4, 5])
    for step in 4...5 {
      // Both replicas are this process's.
      #expect(timeline.main(0, "forward", step: step).count == 2)
      #expect(timeline.main(0, "all_reduce", step: step).count == 1)
    }
  }

  @Test(
    arguments: [
      (["--trace-steps", "1..2"], 64), (["--trace", "t", "--trace-steps", "5..3"], 64),
      (["--trace", ""], 64), (["--trace", "t", "--dry-run"], 64), (["--trace", "data"], 73),
      (["--trace", "run.yaml/t"], 73),
    ] as [([String], Int32)])
  func whatCannotBeIsRefusedBeforeTheFirstStep(_ arguments: [String], _ status: Int32) throws {
    let folder = try Self.command.folder()
    let finished = try Program.run(
      FaultyCommand.train([]).arguments + arguments, in: folder.path)
    #expect(finished.status == status, "\(finished.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder("run")))
  }
}

/// Traces of runs that do not come to their end.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct InterruptedTraceTests {
  private static let command = FaultyCommand.train(["--trace", "trace.json"])

  /// Stopped in its second step, of which it has all.
  @Test func aStoppedRunHasOne() throws {
    let folder = try Self.command.folder()
    let fault = Fault(match: "write run/metrics.jsonl", number: 1, deed: "SIGUSR1")
    let (finished, calls) = try FaultLibrary.run(
      Self.command.arguments, in: folder, fault: fault, ranks: 2, rank: 0)
    #expect(finished.status == 75 && calls.count > 0, "\(finished.errors)")
    let timeline = try Timeline(folder("trace.json"))
    timeline.expectOrder()
    for rank in 0..<2 {
      #expect(timeline.main(rank, "update", step: 2).count == 1)
      #expect(timeline.main(rank, "checkpoint", step: 2).count == 1)
      #expect(timeline.main(rank, "step", step: 3).isEmpty)
    }
  }

  /// A disk that is full in the end leaves no part of a file, and no rank behind; the run itself is saved.
  @Test func aFullDiskEndsTheRunAfterItsSave() throws {
    let folder = try Self.command.folder()
    let fault = Fault(match: "write .trace.json", number: 1, deed: "ENOSPC")
    let (finished, calls) = try FaultLibrary.run(
      Self.command.arguments, in: folder, fault: fault, ranks: 2, rank: 0)
    #expect(finished.status == 74 && calls.count == 1, "\(finished.errors)")
    #expect(finished.errors.contains("trace.json"), "\(finished.errors)")
    #expect(folder.listing().allSatisfy { !$0.contains("trace.json") })
    #expect(try Self.command.result(folder)["latest"] == "step-000000006.h5")
  }

  /// A run that fails writes none, and leaves an older one alone.
  @Test func aFailedRunHasNone() throws {
    let folder = try Self.command.folder()
    try folder.write("trace.json", "older")
    let finished = try Program.run(
      Self.command.arguments + ["--set", "learning_rate.standard=1e30"], ranks: 2,
      in: folder.path)
    #expect(finished.status == 1, "\(finished.errors)")
    #expect(try String(contentsOfFile: folder("trace.json"), encoding: .utf8) == "older")
  }
}
