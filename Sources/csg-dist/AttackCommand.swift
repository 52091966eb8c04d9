import ArgumentParser
import Attacks
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Kernels
import Report

/// Pictures that fool a checkpoint.
struct AttackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack", abstract: "Pictures that fool a checkpoint.",
    discussion: """
      Changes pictures of a split until the net mistakes them (the paper's Sec. 5.2 and 5.3), and writes \
      them into an HDF5 file with labels, targets, logits before and after, and distances. Pictures have \
      values in [0, 1], the normalisation is inside, the net in evaluation mode on the STD path.

      An untargeted attack leaves alone what the net is wrong on already, a targeted one what it takes \
      for the target already: neither counts as a success.

      SIGUSR1 (without mpirun also SIGTERM, which leaves them 20 seconds) stops after the samples at hand \
      with exit code 75; the same command goes on from FILE.h5.partial. Where FILE.h5 is there already, of \
      the same command, nothing is attacked again: --report then makes its page.
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp("Split to attack, or data set whose test/ to take.", valueName: "dir"))
  var data: String

  @Option(help: ArgumentHelp("File to write.", valueName: "file.h5"))
  var output: String

  @Option(
    help: ArgumentHelp(
      """
      Also write a page: success beside noise as large, distances, class by class, pictures, and what each \
      number means.
      """, valueName: "file.html"))
  var report: String?

  @OptionGroup(title: "Attack")
  var attack: AttackOptions

  @Option(
    help: ArgumentHelp(
      """
      What the net is to take pictures for: a class drawn for each (random, the default of fgsm, pgd and \
      cw), the one that it finds least likely, or one by name or number.
      """, valueName: "random|least-likely|label"))
  var targeted: String?

  @Flag(help: "Anything but the label will do (the default of black boxes).")
  var untargeted = false

  @Option(help: ArgumentHelp("Attack the first n samples.", valueName: "n"))
  var samples: Int?

  @Option(
    help: ArgumentHelp("Attack the first n samples that the net is right on.", valueName: "n"))
  var firstCorrect: Int?

  @Option(help: ArgumentHelp("Attack the first n samples of each class.", valueName: "n"))
  var perClass: Int?

  @Option(help: ArgumentHelp("Seed of targets and starts.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Pictures that go through the net together; no result depends on it.", valueName: "n"))
  var batch = 32

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Change one key.", valueName: "key.path=value"))
  var sets: [String] = []

  @Flag(help: "Print a summary as JSON.")
  var json = false

  func validate() throws {
    _ = try attack.made()
    guard !(untargeted && targeted != nil) else {
      throw ValidationError("--targeted and --untargeted exclude each other")
    }
    guard targeted == nil || attack.method.takesTargets else {
      throw ValidationError("\(attack.method.rawValue) takes no target")
    }
    let counts = [samples, firstCorrect, perClass].compactMap { $0 }
    guard counts.count <= 1 else {
      throw ValidationError("--samples, --first-correct and --per-class exclude each other")
    }
    guard counts.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("--samples, --first-correct and --per-class take numbers above 0")
    }
    guard (1...4096).contains(batch) else { throw ValidationError("--batch takes 1 to 4096") }
    guard !output.isEmpty, !output.hasSuffix("/") else {
      throw ValidationError("--output names no file")
    }
    if let report {
      guard !report.isEmpty, !report.hasSuffix("/") else {
        throw ValidationError("--report names no file")
      }
      guard report != output else { throw ValidationError("--report is --output's file") }
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let (runs, dataset) = try CheckpointedRun.open(
      [checkpoint], sets: sets, data: data, options: options, communicator: communicator,
      warn: Console.warn)
    let passes = try runs[0].passes(
      over: dataset, capacity: batch, reachesImage: true, communicator: communicator)
    let aim = try aim(classes: dataset.manifest.classes)
    let selection = selection
    let samples = try selection.samples(passes, aim: aim, warn: Console.warn)
    let page = report.map(AttackReportFile.init)
    try communicator.onRoot { try page?.requireWritable() }
    let progress = AttackProgress()
    let run = try AttackRun(
      attack.made(), aim: aim, selection: selection, samples: samples, seed: seed, run: runs[0],
      passes: passes, level: CPULevel.select(), output: output)
    let found = try run.found()
    if found != nil { Console.log("\(output) is there already, of this command") }
    let outcome =
      try found
      ?? run.run(isStopRequested: { StopSignal.isNoted }, tell: progress.show)
    switch outcome {
    case .finished(let summary):
      try communicator.onRoot {
        let input = passes.network.input
        try page?.write(
          AttackReader(output, values: input.channels * input.height * input.width),
          extent: (input.channels, input.height, input.width), of: dataset,
          checkpoint: runs[0].file)
      }
      if let summary { try show(summary) }
    case .stopped(let done):
      Console.log(
        "stopped on request after \(done) of \(NumberText.count(samples.count, "sample")); the same command goes on"
      )
    }
    try communicator.finish()
    if case .stopped = outcome { throw Core.ExitCode.temporary.forParser }
  }

  private func show(_ summary: AttackSummary) throws {
    for warning in summary.warnings { Console.warn("\(warning.name): \(warning.text)") }
    let written = [output] + [report].compactMap { $0 }
    try Console.result(
      json
        ? String(decoding: summary.json, as: UTF8.self)
        : AttackText(summary, written: written).lines)
  }

  private func aim(classes: [String]) throws -> AttackAim {
    guard classes.count > 1 else {
      throw CSGError.configuration("model.classes", "a net of one class cannot be fooled")
    }
    if untargeted { return .untargeted }
    switch targeted {
    case nil: return attack.method.usualAim
    case "random": return .random
    case "least-likely": return .leastLikely
    case .some(let text):
      do {
        return .label(try ClassLabel.label(text, among: classes))
      } catch {
        throw CSGError.configuration("--targeted", error.message, remedy: error.remedy)
      }
    }
  }

  private var selection: AttackSelection {
    if let samples { return .first(samples) }
    if let firstCorrect { return .firstCorrect(firstCorrect) }
    return perClass.map { .perClass($0) } ?? .all
  }

  /// What all ranks must have been asked alike. (`--output` is rank 0's.)
  private var options: [Agreement] {
    let made = try? attack.made()
    return [
      Agreement("--method", attack.method.rawValue),
      Agreement("--targeted", untargeted ? "untargeted" : targeted ?? "not given"),
      Agreement("the selection", selection.text), Agreement("--seed", "\(seed)"),
    ] + (made?.settings ?? []).map { Agreement($0.name, "\($0.value)") }
  }
}
