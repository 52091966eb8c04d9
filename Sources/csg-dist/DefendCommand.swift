import ArgumentParser
import Attacks
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Interpretability
import Kernels
import Report

/// How two nets stand the same attacks.
struct DefendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "defend",
    abstract: "How a checkpoint and its baseline stand the same attacks.",
    discussion: """
      Attacks both nets on the same pictures, the first of the split that both are right on, without \
      target (the paper's Appendix J, Table 4), and writes defence.json (each value with its definition) \
      and defence.html into a folder: accuracy without attack, success of each attack with its interval, \
      and McNemar's test of the pairs. Local search is tried as published, and as the library has it whose \
      names the table uses; pgd shows what an attack finds that sees the gradient.

      attacks/ in the folder holds what is done: SIGUSR1 (without mpirun also SIGTERM, which leaves it \
      20 seconds) stops with exit code 75, and the same command goes on.
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp(
      "Checkpoint or run of the same net without gates.", valueName: "checkpoint"))
  var baseline: String

  @Option(
    help: ArgumentHelp("Split to attack, or data set whose test/ to take.", valueName: "dir"))
  var data: String

  @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
  var output: String

  @Option(
    help: """
      An attack; may be given several times. By default single-pixel, local-search and pgd.
      """)
  var method: [AttackMethod] = [.singlePixel, .localSearch, .pgd]

  @Option(
    help: ArgumentHelp("Pictures to attack (the paper's shares suggest 100).", valueName: "n"))
  var count = 1000

  @Option(
    help: ArgumentHelp(
      "fgsm, pgd: most that a value changes by (0.031); a row for each.", valueName: "share,share"))
  var epsilon: String?

  @Option(
    help:
      "cw: paper (the default): 9 searches of 100 iterations, c from 0.001; torchattacks: 1 of 50, c = 1."
  )
  var budget: AttackOptions.Budget?

  @Option(help: ArgumentHelp("Seed of pixels and starts.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change one key of both checkpoints.", valueName: "key.path=value"))
  var sets: [String] = []

  @Flag(help: "Print defence.json.")
  var json = false

  func validate() throws {
    guard (1...1_000_000).contains(count) else {
      throw ValidationError("--count takes 1 to 1000000")
    }
    guard !output.isEmpty else { throw ValidationError("--output names no folder") }
    _ = try radii()
    guard epsilon == nil || method.contains(.fgsm) || method.contains(.pgd) else {
      throw ValidationError("--epsilon is of fgsm and pgd, which --method does not name")
    }
    guard budget == nil || method.contains(.cw) else {
      throw ValidationError("--budget is of cw, which --method does not name")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let (runs, dataset) = try CheckpointedRun.open(
      [checkpoint, baseline], sets: sets, data: data, options: options, communicator: communicator,
      warn: Console.warn)
    try runs[0].requireBaseline(runs[1], at: baseline, of: checkpoint, warn: Console.warn)
    let folder = DefenceReportFolder(path: output)
    try communicator.onRoot { try folder.requireWritable() }
    let progress = AttackSeriesProgress()
    let defence = try Defence(
      runs, dataset: dataset, rows: try rows(), count: count, seed: seed,
      folder: DefenceFolder(path: output), communicator: communicator, level: CPULevel.select())
    let outcome = try defence.run(
      isStopRequested: { StopSignal.isNoted }, warn: Console.warn,
      tell: { if communicator.isRoot { progress.show($0) } })
    switch outcome {
    case .finished(let metrics):
      try communicator.onRoot {
        guard let metrics else { return }
        for warning in metrics.warnings { Console.warn("\(warning.name): \(warning.text)") }
        try folder.write(
          metrics, extent: defence.extent, data: DataSetName.of(dataset),
          classes: dataset.manifest.classes,
          isCIFAR10Test: dataset.isCIFAR10Test())
        try Console.result(
          json
            ? String(decoding: try DefenceFile.json(metrics).dropLast(), as: UTF8.self)
            : DefenceText(metrics, folder: output).lines)
      }
    case .stopped:
      Console.log("stopped on request; the same command goes on")
    }
    try communicator.finish()
    if case .stopped = outcome { throw Core.ExitCode.temporary.forParser }
  }

  /// Each method once, in the order of `AttackMethod`.
  private func rows() throws -> [Defence.Row] {
    let radii = try radii()
    return AttackMethod.allCases.filter(method.contains).flatMap { method -> [Defence.Row] in
      switch method {
      case .fgsm:
        radii.map { Defence.Row("fgsm-\(NumberText.plain($0))", GradientSign.fgsm(epsilon: $0)) }
      case .pgd:
        radii.map { Defence.Row("pgd-\(NumberText.plain($0))", GradientSign.pgd(epsilon: $0)) }
      case .cw:
        [Defence.Row("cw", CarliniWagner(budget: budget == .torchattacks ? .torchattacks : .paper))]
      case .singlePixel: [Defence.Row("single-pixel", SinglePixelAttack())]
      case .localSearch:
        LocalSearchAttack.Form.allCases.map { form in
          var attack = LocalSearchAttack()
          attack.form = form
          return Defence.Row("local-search-\(form.rawValue)", attack)
        }
      case .onePixel: [Defence.Row("one-pixel", OnePixelAttack())]
      }
    }
  }

  private func radii() throws -> [Double] {
    let parts = (epsilon ?? "0.031").split(separator: ",", omittingEmptySubsequences: false)
    let radii = try parts.compactMap {
      try AttackOptions.Share(argument: $0.trimmingCharacters(in: .whitespaces))?
        .checked("--epsilon")
    }
    guard radii.count == parts.count, Set(radii).count == radii.count else {
      throw ValidationError("--epsilon takes different shares of 0 to 1, as 0.016,8/255")
    }
    return radii
  }

  /// What all ranks must have been asked alike. (`--output` is rank 0's.)
  private var options: [Agreement] {
    [
      Agreement("--method", method.map(\.rawValue).joined(separator: " ")),
      Agreement("--count", "\(count)"), Agreement("--epsilon", epsilon ?? "not given"),
      Agreement("--budget", budget?.rawValue ?? "not given"), Agreement("--seed", "\(seed)"),
    ]
  }
}
