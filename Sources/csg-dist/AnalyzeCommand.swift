import ArgumentParser
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Interpretability
import Kernels
import Network
import Report
import Storage

/// The paper's analysis of a checkpoint.
struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: "How class-specific the filters of a checkpoint are.",
    discussion: """
      Writes metrics.json (each value with its definition), analysis.h5 (features, predictions and \
      matrices), figures/ (the paper's figures, each as SVG and PNG; of a run directory also the course \
      of training), filters/ (what each filter answers to) and report.html (all of it to read, in one file, the answer \
      in words first) into a folder, replacing those of an earlier analysis.
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp(
      "Checkpoint or run of the same net without gates.", valueName: "checkpoint"))
  var baseline: String?

  @Option(
    help: ArgumentHelp("Split to analyze, or data set whose test/ to take.", valueName: "dir"))
  var data: String

  @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
  var output: String

  @Option(
    help: ArgumentHelp(
      """
      Classes whose filters to remove together, by name or number; may be given several times. By default each class that \
      has samples alone, where there are at most \(NetworkAnalysis.Request.removalLimit).
      """, valueName: "cat,5"))
  var removeClasses: [String] = []

  @Option(
    help: ArgumentHelp(
      "Order of the classes in figures: each once, by name or number. By default by number.",
      valueName: "0,1,8,…"))
  var classOrder: String?

  @Flag(
    inversion: .prefixedNo,
    help: """
      Show what each filter answers to: its pictures, class and worth, to browse in the report, and as \
      sheets in filters/.
      """)
  var cards = true

  @Option(help: ArgumentHelp("Starts of k-means.", valueName: "n"))
  var clusterStarts = 10

  @Option(
    help: ArgumentHelp(
      "Permutations of the labels that tell the mutual information by chance; 0: none.",
      valueName: "n"))
  var permutations = 19

  @Option(
    help: ArgumentHelp(
      "Seed of k-means, permutations, bootstrap and random filters.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change one key of both checkpoints.", valueName: "key.path=value"))
  var sets: [String] = []

  @Flag(help: "Print metrics.json.")
  var json = false

  private static let permutationLimit = 10_000

  func validate() throws {
    guard clusterStarts > 0 else { throw ValidationError("--cluster-starts is not above 0") }
    guard (0...Self.permutationLimit).contains(permutations) else {
      throw ValidationError("--permutations takes 0 to \(Self.permutationLimit)")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let (runs, dataset) = try CheckpointedRun.open(
      [checkpoint] + [baseline].compactMap { $0 }, sets: sets, data: data, options: options,
      communicator: communicator, warn: Console.warn)
    let run = runs[0]
    let other = baseline == nil ? nil : runs[1]
    if let other {
      try run.requireBaseline(other, at: baseline ?? "", of: checkpoint, warn: Console.warn)
    }
    let request = NetworkAnalysis.Request(
      removals: try AnalyzedClasses.removals(removeClasses, names: dataset.manifest.classes),
      clusterStarts: clusterStarts,
      permutations: permutations, seed: seed)
    let order = try AnalyzedClasses.figureOrder(classOrder, names: dataset.manifest.classes)
    let folder = AnalysisFolder(path: output)
    try communicator.onRoot { try folder.requireWritable() }
    var records: [(String, RunRecords)] = []  // rank 0's
    try communicator.onRoot {
      records = try [("network", checkpoint, run), ("baseline", baseline ?? "", other)]
        .compactMap { name, path, run in
          try run.flatMap { try RunRecords(run: path, upTo: $0.checkpoint.step) }.map { (name, $0) }
        }
    }
    func analyze(_ name: String, _ run: CheckpointedRun, _ settings: NetworkAnalysis.Settings)
      throws -> NetworkAnalysis
    {
      Console.log("analyzing \(name): \(NumberText.count(dataset.count, "sample"))")
      return try NetworkAnalysis(
        run.passes(over: dataset, communicator: communicator), origin: run.origin,
        training: run.pathsTaken, settings: settings, request: request, log: { Console.log($0) })
    }
    let network = try analyze(checkpoint, run, run.analysisSettings)
    let groupSize = network.metrics.correlation.groupSize.value
    let reference = try other.map {
      try analyze(baseline ?? "", $0, .baseline(groupSize: groupSize))
    }

    let manifest = dataset.manifest
    let metrics = Metrics(
      data: Metrics.Data(
        name: DataSetName.of(dataset), split: manifest.split, source: manifest.source,
        fingerprint: manifest.fingerprint,
        classes: manifest.classes, classCounts: network.table.classCounts),
      network: network.metrics, baseline: reference?.metrics,
      comparison: reference.map { NetworkComparison(network, $0) })
    let one = try cards ? run.passes(over: dataset, capacity: 1, communicator: communicator) : nil
    try communicator.onRoot {
      LetterWarning.text(manifest.classes).map(Console.warn)
      if one != nil { Console.log("what each filter answers to") }
      let shown = try one.map { try FilterCards(network, $0, seed: seed) }
      let drawn = AnalysisFigures(
        network: network, baseline: reference, isGateFixed: run.hasFixedGate,
        classes: manifest.classes, order: order)
      let figures =
        try drawn.all()
        + [TrainingFigure.figure(records), RankFigure.figure(records)].compactMap { $0 }
      let report = AnalysisReport(
        metrics: metrics,
        network: TrainingFacts(
          path: checkpoint, run: run, taken: metrics.network.training,
          isGated: metrics.network.origin.gated),
        baseline: other.map {
          TrainingFacts(
            path: baseline ?? "", run: $0, taken: metrics.baseline?.training, isGated: false)
        },
        figures: figures, cards: shown, isCIFAR10Test: try dataset.isCIFAR10Test())
      try folder.write(report, network: network, baseline: reference)
    }
    if json {
      try Console.result(
        String(decoding: AnalysisFile.json(metrics).dropLast(), as: UTF8.self))
    } else {
      try Console.result(AnalysisText(metrics: metrics, folder: output).lines)
    }
    try communicator.finish()
  }

  /// What all ranks must have been asked alike.
  private var options: [Agreement] {
    [
      Agreement("--baseline", baseline == nil ? "not given" : "given"),
      Agreement("--remove-classes", removeClasses.joined(separator: "; ")),
      Agreement("--cards", "\(cards)"), Agreement("--class-order", classOrder ?? "not given"),
      Agreement("--cluster-starts", "\(clusterStarts)"),
      Agreement("--permutations", "\(permutations)"), Agreement("--seed", "\(seed)"),
    ]
  }
}
