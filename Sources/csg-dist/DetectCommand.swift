import ArgumentParser
import Attacks
import Communicator
import Core
import Datasets
import Detection
import Foundation
import Inference
import Interpretability
import Kernels
import Report

/// How well attacks on a checkpoint are detected.
struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect",
    abstract: "How well attacks on a checkpoint show in its features.",
    discussion: """
      Attacks pictures of train/ and test/ (as csg-dist attack does, each towards a class drawn at \
      random), and lets random forests learn to tell attacked pictures from others by the means of every \
      convolution's maps (the paper's Sec. 5.2, Table 3). Each repeat draws samples anew, the same for \
      both nets, all methods, and smaller sizes within larger ones. Noise as large as the attack, on the test \
      pictures, tells whether forests know the attack or any change. Writes detection.json (each value \
      with its definition) and detection.html into a folder.

      --adaptive then attacks the detectors themselves: without that, a low error rate says nothing of \
      pictures that are made to pass them.

      attacks/, features/ and forests/ in the folder hold what is done: SIGUSR1 (without mpirun also \
      SIGTERM, which leaves it 20 seconds) stops with exit code 75, and the same command goes on; --adaptive \
      alone begins anew. Once features/ is there, attacks/ may be removed.
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp(
      "Checkpoint or run of the same net without gates.", valueName: "checkpoint"))
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "Data set: detectors learn from its train/ and are tested on its test/.", valueName: "dir"))
  var data: String

  @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
  var output: String

  @Option(help: "fgsm, pgd or cw; may be given several times. By default all three.")
  var method: [AttackMethod] = AttackMethod.allCases.filter(\.isWhiteBox)

  @Option(
    help: ArgumentHelp(
      "Training samples of each class; several sizes, each at most what the smallest class has.",
      valueName: "n,n"))
  var perClass = "500,1000,2000"

  @Option(help: ArgumentHelp("Test samples of each class.", valueName: "n"))
  var testPerClass = 100

  @Option(help: ArgumentHelp("Draws, over which mean and deviation are taken.", valueName: "n"))
  var repeats = 5

  @Option(help: ArgumentHelp("Trees of a forest.", valueName: "n"))
  var trees = 100

  @Option(
    help: """
      cw: paper (the default): 9 searches of 100 iterations, c from 0.001; torchattacks: 1 of 50, c = 1, \
      an eighteenth of the steps.
      """)
  var budget: AttackOptions.Budget?

  @Flag(
    help: """
      Only pictures that fool the net count as adversarial; by default every attacked one, as the paper \
      does not say.
      """)
  var successful = false

  @Option(
    help: ArgumentHelp(
      """
      Also attack the detectors, on n test samples that the net is right on: single pixel and local \
      search, on the net alone and on net and detector as one.
      """, valueName: "n"))
  var adaptive = 0

  @Option(help: ArgumentHelp("Seed of draws, targets, starts and forests.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change one key of both checkpoints.", valueName: "key.path=value"))
  var sets: [String] = []

  @Flag(help: "Print detection.json.")
  var json = false

  private static let most = 1_000_000

  func validate() throws {
    _ = try sizes()
    if let other = method.first(where: { !$0.isWhiteBox }) {
      throw ValidationError("--method takes fgsm, pgd and cw, not \(other.rawValue)")
    }
    for (option, value, least, most) in [
      ("--test-per-class", testPerClass, 1, Self.most), ("--repeats", repeats, 1, 1000),
      ("--trees", trees, 1, 100_000), ("--adaptive", adaptive, 0, Self.most),
    ] where !(least...most).contains(value) {
      throw ValidationError("\(option) takes \(least) to \(most)")
    }
    guard budget == nil || methods.contains(.cw) else {
      throw ValidationError("--budget is of cw, which is not asked for")
    }
    guard !output.isEmpty else { throw ValidationError("--output names no folder") }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let plan = DetectionPlan(
      sizes: try sizes(), testPerClass: testPerClass, repeats: repeats, trees: trees, seed: seed,
      countsSuccessfulOnly: successful)
    let paths = [checkpoint] + [baseline].compactMap { $0 }
    let data = try DetectionData(
      paths, sets: sets, data: data, options: options, plan: plan, communicator: communicator,
      warn: Console.warn)
    if let baseline {
      try data.runs[0].requireBaseline(
        data.runs[1], at: baseline, of: checkpoint, warn: Console.warn)
    }
    let folder = DetectionReportFolder(path: output)
    try communicator.onRoot { try folder.requireWritable() }
    let progress = AttackSeriesProgress()
    let outcome = try Detection(
      data, plan: plan, attacks: attacks, adaptive: adaptive, folder: DetectionFolder(path: output),
      communicator: communicator, level: CPULevel.select()
    ).run(isStopRequested: { StopSignal.isNoted }, tell: progress.show)
    switch outcome {
    case .finished(let metrics):
      try communicator.onRoot {
        try folder.write(
          metrics, methods: methods, paths: paths, data: DataSetName.of(data.test.dataset),
          isCIFAR10Test: data.test.dataset.isCIFAR10Test())
      }
      try Console.result(
        json
          ? String(decoding: try DetectionFile.json(metrics).dropLast(), as: UTF8.self)
          : DetectionText(metrics, methods: methods, folder: output).lines)
    case .stopped:
      Console.log("stopped on request; the same command goes on")
    }
    try communicator.finish()
    if case .stopped = outcome { throw Core.ExitCode.temporary.forParser }
  }

  /// In the order of `AttackMethod`, each once.
  private var methods: [AttackMethod] { AttackMethod.allCases.filter(method.contains) }

  private var attacks: [any Attack] {
    methods.map { method -> any Attack in
      switch method {
      case .fgsm: GradientSign.fgsm()
      case .pgd: GradientSign.pgd()
      case .cw: CarliniWagner(budget: budget == .torchattacks ? .torchattacks : .paper)
      case .singlePixel, .localSearch, .onePixel: preconditionFailure("validate has refused it")
      }
    }
  }

  private func sizes() throws -> [Int] {
    let parts = perClass.split(separator: ",", omittingEmptySubsequences: false)
    let sizes = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard sizes.count == parts.count, sizes.allSatisfy({ (1...Self.most).contains($0) }) else {
      throw ValidationError("--per-class takes numbers from 1 to \(Self.most), as 500,1000,2000")
    }
    return sizes
  }

  /// What all ranks must have been asked alike. (`--output` is rank 0's.)
  private var options: [Agreement] {
    [
      Agreement("--baseline", baseline == nil ? "not given" : "given"),
      Agreement("--method", methods.map(\.rawValue).joined(separator: " ")),
      Agreement("--per-class", perClass), Agreement("--test-per-class", "\(testPerClass)"),
      Agreement("--repeats", "\(repeats)"), Agreement("--trees", "\(trees)"),
      Agreement("--budget", (budget ?? .paper).rawValue),
      Agreement("--successful", "\(successful)"),
      Agreement("--adaptive", "\(adaptive)"), Agreement("--seed", "\(seed)"),
    ]
  }
}
