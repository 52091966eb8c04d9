import ArgumentParser
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Kernels
import Network

/// Accuracy and loss of a checkpoint.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Accuracy and loss of a checkpoint, on both paths.",
    discussion: """
      The STD path is the one that predicts. The CSG path is told each sample's label by its gate \
      row: its accuracy says how well the gates separate classes, not how well the network does.
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp("Split to evaluate, or data set whose test/ to take.", valueName: "dir"))
  var data: String

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Change one key.", valueName: "key.path=value"))
  var sets: [String] = []

  @Flag(help: "Print one JSON document.")
  var json = false

  private struct Document: Encodable {
    let count: Int
    let standard: EvaluationResult.PathResult
    let gated: EvaluationResult.PathResult?
    let density: Double?

    enum CodingKeys: CodingKey { case count, standard, gated, density }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .count)
      try container.encode(standard, forKey: .standard)
      try container.encode(gated, forKey: .gated)
      try container.encode(density, forKey: .density)
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let (runs, dataset) = try CheckpointedRun.open(
      [checkpoint], sets: sets, data: data, communicator: communicator, warn: Console.warn)
    let run = runs[0]
    let passes = try run.passes(over: dataset, communicator: communicator)
    let hasGate = run.checkpoint.gate != nil
    let paths: [Path] = hasGate ? [.standard, .gated] : [.standard]
    let result = try Evaluation(passes).run(paths: paths) { done in
      if Console.isTerminal && Console.isRoot {
        Console.draw(done < dataset.count ? "evaluated \(done) of \(dataset.count)" : "")
      }
    }
    if Console.isTerminal && Console.isRoot { Console.raw(Console.clearing) }
    for loss in [result.standard.loss, result.gated?.loss ?? 0] where !loss.isFinite {
      throw CSGError(
        .failure, "\(checkpoint): the loss is \(loss)", remedy: "evaluate an older checkpoint")
    }
    let density = hasGate ? passes.network.gate.density : nil
    if json {
      try Console.result(
        json: Document(
          count: result.count, standard: result.standard, gated: result.gated, density: density))
    } else {
      try Console.result(describe(result, density: density, classes: dataset.manifest.classes))
    }
    try communicator.finish()
  }

  private func describe(_ result: EvaluationResult, density: Double?, classes: [String]) -> String {
    func line(_ name: String, _ path: EvaluationResult.PathResult) -> String {
      "\(name)  accuracy \(NumberText.percent(path.accuracy))  loss \(NumberText.fixed(path.loss, 4))"
    }
    var lines = [NumberText.count(result.count, "sample"), line("STD path", result.standard)]
    if let gated = result.gated { lines.append(line("CSG path", gated)) }
    if let density { lines.append("L1-density of G  \(NumberText.fixed(density, 4))") }
    let width = classes.map(\.count).max() ?? 0
    for (index, name) in classes.enumerated() {
      let padded = name + String(repeating: " ", count: width - name.count)
      let standard = result.standard.perClass[index].map(NumberText.percent) ?? "no samples"
      lines.append("  \(padded)  \(standard)")
    }
    return lines.joined(separator: "\n")
  }
}
