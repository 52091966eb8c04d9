import ArgumentParser
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Interpretability
import Network
import Report

/// Where the filters of a checkpoint look.
struct LocalizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "localize", abstract: "Where the filters of a checkpoint look.",
    discussion: """
      Holds the regions that filters answer to against masks of the objects (the paper's Sec. 5.1, Table \
      2 and Figure 9). Writes localization.json (each value with its definition), localization.h5 \
      (overlaps of every image and filter), figures/ and localization.html into a folder, replacing those \
      of an earlier run. The split's masks are those that csg-dist prepare pascal-part stores; its \
      classes are found by name. Of a split without masks there are maps, and no scores.

      Pictures that are stored as large as the network takes them are taken whole by \
      --set data.resize=null, where the run was trained on parts of larger ones.
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp(
      "Checkpoint or run of the same net without gates.", valueName: "checkpoint"))
  var baseline: String?

  @Option(
    help: ArgumentHelp("Split to localize in, or data set whose test/ to take.", valueName: "dir"))
  var data: String

  @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
  var output: String

  /// A method, or all that the net has.
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case gradmap, activmap, cam, gradcam, all
  }

  @Option(
    help: """
      gradmap: a filter's gradient by the image; activmap: a filter's activations; cam: those of all \
      filters, by their weights for the class; gradcam: by their gradients.
      """)
  var method: [Method] = [.all]

  @Option(
    help: ArgumentHelp(
      """
      Score the n filters that answer most to a class's images, as the authors' code does (30). By \
      default each filter is scored on the class that it finds best.
      """, valueName: "n"))
  var topFilters: Int?

  @Option(
    help: ArgumentHelp(
      "Standard deviation of the GradMap's blur in pixels (the authors' code: 30).",
      valueName: "pixels"))
  var sigma = 5.0

  @Option(
    help: ArgumentHelp(
      "Width of the blur's kernel, odd; by default 8 sigma and the middle (the authors' code: 61).",
      valueName: "pixels"))
  var kernel: Int?

  @Option(
    help: ArgumentHelp(
      "Share of activations, or of a map, that makes a region.", valueName: "share"))
  var share = LargestShare.ofActivations.share

  @Flag(
    help: """
      Regions are above their threshold, and count above 20 or 30 %, as in the authors' code; by default \
      at least.
      """)
  var strict = false

  @Option(
    help: ArgumentHelp(
      "Write the maps of the first n samples (64 at most) into localization.h5.", valueName: "n"))
  var maps = 0

  @Option(
    help: ArgumentHelp(
      """
      Samples of Figure 9, by number; may be given several times. By default those of each class whose \
      map overlaps best, in the middle and worst.
      """, valueName: "3,141"))
  var samples: [String] = []

  @Option(help: ArgumentHelp("Seed of the bootstrap.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change one key of both checkpoints.", valueName: "key.path=value"))
  var sets: [String] = []

  @Flag(help: "Print localization.json.")
  var json = false

  func validate() throws {
    guard (0.1...1000).contains(sigma) else { throw ValidationError("--sigma takes 0.1 to 1000") }
    guard kernel.map({ $0 > 0 && $0 % 2 == 1 && $0 < 10_000 }) ?? true else {
      throw ValidationError("--kernel takes an odd number from 1 to 9999")
    }
    guard share > 0, share < 1 else { throw ValidationError("--share takes above 0 to below 1") }
    guard topFilters.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--top-filters is not above 0")
    }
    guard (0...SplitPasses.blockSize).contains(maps) else {
      throw ValidationError("--maps takes 0 to \(SplitPasses.blockSize)")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let (runs, dataset) = try CheckpointedRun.open(
      [checkpoint] + [baseline].compactMap { $0 }, sets: sets, data: data, options: options,
      matchesClasses: false, communicator: communicator, warn: Console.warn)
    if runs.count > 1 {
      try runs[0].requireBaseline(runs[1], at: baseline ?? "", of: checkpoint, warn: Console.warn)
    }
    let folder = LocalizationFolder(path: output)
    try communicator.onRoot { try folder.requireWritable() }
    let result = try Localization(
      Array(zip([checkpoint, baseline ?? ""], runs)).map { (path: $0, run: $1) }, dataset: dataset,
      settings: settings(of: runs[0]), chosen: chosenSamples(), seed: seed,
      communicator: communicator, log: { Console.log($0) })
    try communicator.onRoot {
      LetterWarning.text(dataset.manifest.classes).map(Console.warn)
      try folder.write(result, data: DataSetName.of(dataset))
    }
    if json {
      let document = try result.metrics.map { try LocalizationFile.json($0).dropLast() }
      try Console.result(document.map { String(decoding: $0, as: UTF8.self) } ?? "null")
    } else {
      try Console.result(LocalizationText(result, folder: output).lines)
    }
    try communicator.finish()
  }

  private func settings(of run: CheckpointedRun) throws -> LocalizationSettings {
    let hasClassMaps = try Architecture(run.checkpoint.architecture).lastLayer == "fc"
    let all = LocalizationMethod.allCases.filter { hasClassMaps ? $0 != .gradcam : $0 != .cam }
    let asked = method.contains(.all) ? Set(all.map(\.rawValue)) : Set(method.map(\.rawValue))
    var settings = LocalizationSettings(
      methods: LocalizationMethod.allCases.filter { asked.contains($0.rawValue) })
    settings.blur = GaussianBlur(sigma: sigma, radius: kernel.map { $0 / 2 })
    settings.share = LargestShare(share)
    settings.isStrict = strict
    settings.topFilters = topFilters
    settings.keptMaps = maps
    return settings
  }

  private func chosenSamples() throws -> [Int]? {
    guard !samples.isEmpty else { return nil }
    let chosen = try samples.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
      .map {
        guard let number = Int($0.trimmingCharacters(in: .whitespaces)) else {
          throw ValidationError("--samples: '\($0)' is no number")
        }
        return number
      }
    guard chosen.count <= LocalizedImage.most else {
      throw ValidationError("--samples takes \(LocalizedImage.most) samples at most")
    }
    return chosen
  }

  /// What all ranks must have been asked alike.
  private var options: [Agreement] {
    [
      Agreement("--baseline", baseline == nil ? "not given" : "given"),
      Agreement("--method", method.map(\.rawValue).joined(separator: " ")),
      Agreement("--top-filters", topFilters.map { "\($0)" } ?? "not given"),
      Agreement("--sigma", "\(sigma)"),
      Agreement("--kernel", kernel.map { "\($0)" } ?? "not given"),
      Agreement("--share", "\(share)"), Agreement("--strict", "\(strict)"),
      Agreement("--maps", "\(maps)"), Agreement("--samples", samples.joined(separator: " ")),
      Agreement("--seed", "\(seed)"),
    ]
  }
}
