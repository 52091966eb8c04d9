import ArgumentParser
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Interpretability
import Network
import Storage

/// What a network says of pictures.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Which class a picture is of, how sure, and by which filters.",
    discussion: """
      Pictures are JPEG or PNG files, or folders, which are walked as prepare image-folder walks them. Each \
      goes the way that evaluation's pictures go: the checkpoint knows it. Classes are the STD path's. \
      Under mpirun the ranks share the pictures; the answer stays in their order.

        csg-dist predict runs/photos cat.jpg
        csg-dist predict runs/photos holiday/ --top 1 --filters
        mpirun -n 2 csg-dist predict runs/photos --data data/photos --json

      With --filters: those that speak most for the class. How much one adds to the class's logit is its \
      activation, less its mean over the samples of the run's analysis (csg-dist analyze RUN --output \
      RUN/analysis), times its weight for the class, less its mean weight. G gives a filter to the classes of entries \
      above 0.5; M tells the class that it knows most about.
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Argument(help: ArgumentHelp("Pictures, and folders of pictures.", valueName: "picture"))
  var pictures: [String] = []

  @Option(
    help: ArgumentHelp(
      "In place of files a split of a data set, or a data set whose test/ to take.",
      valueName: "dir"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Samples of the split by number; may be given several times. By default all.",
      valueName: "3,141"))
  var samples: [String] = []

  @Option(help: ArgumentHelp("Classes to name, the likeliest first.", valueName: "n"))
  var top = 3

  @Flag(help: "Name the filters that speak most for the class.")
  var filters = false

  @Option(
    help: ArgumentHelp(
      "Analysis of the checkpoint. By default the one in the run directory, or in a folder there.",
      valueName: "dir"))
  var analysis: String?

  @Flag(help: "Leave damaged pictures out.")
  var skipCorrupt = false

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Change one key.", valueName: "key.path=value"))
  var sets: [String] = []

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    guard pictures.isEmpty != (data == nil) else {
      throw ValidationError("name either pictures or a data set by --data")
    }
    guard samples.isEmpty || data != nil else {
      throw ValidationError("--samples goes with --data")
    }
    guard analysis == nil || filters else {
      throw ValidationError("--analysis goes with --filters")
    }
    guard data == nil || !skipCorrupt else {
      throw ValidationError(
        "--skip-corrupt is for pictures: a data set holds none that are damaged")
    }
    guard top > 0 else { throw ValidationError("--top is not above 0") }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    if let data {
      try answer(try ofSplit(data, communicator))
    } else {
      try answer(try ofPictures(communicator))
    }
    try communicator.finish()
  }

  /// Pictures with what the network says of them; nil of a damaged one.
  private struct Asked {
    let run: CheckpointedRun
    /// The network's, in label order.
    let classes: [String]
    let pictures: [(name: String, sample: Int?, label: Int?)]
    let answers: [PictureAnswer?]
    var faults: [PicturePasses.Fault] = []
  }

  private func ofSplit(_ data: String, _ communicator: Communicator) throws -> Asked {
    let (runs, dataset) = try CheckpointedRun.open(
      [checkpoint], sets: sets, data: data, options: options, communicator: communicator,
      warn: Console.warn)
    let chosen = try SampleNumbers.parse(samples, option: "--samples", count: dataset.count)
    let passes = try runs[0].passes(
      over: dataset, capacity: chosen == nil ? SplitPasses.blockSize : 1,
      communicator: communicator)
    let answers = try passes.answers(of: chosen)
    let pictures = try (chosen ?? Array(0..<dataset.count)).map { sample in
      (
        name: try dataset.name(sample) ?? "sample \(sample)", sample: Optional(sample),
        label: Optional(Int(dataset.label(sample)))
      )
    }
    return Asked(
      run: runs[0], classes: dataset.manifest.classes, pictures: pictures, answers: answers)
  }

  private func ofPictures(_ communicator: Communicator) throws -> Asked {
    let run = try CheckpointedRun.open(
      checkpoint, sets: sets, options: options, communicator: communicator)
    var found: PictureFiles?
    try communicator.together { found = try PictureFiles(pictures) }
    guard let found else { preconditionFailure("together has returned") }
    try communicator.agree(on: found.agreements())
    for line in PassedOver.lines(found.passedOver) { Console.log("passed over: \(line)") }
    let (answers, damaged) = try run.passes(
      pictures: found.paths.count, communicator: communicator
    ).answers(of: found.paths)
    let faults =
      found.faults.map { PicturePasses.Fault(picture: $0.message, reason: $0.message) } + damaged
    try requireWhole(faults)
    return Asked(
      run: run,
      classes: run.checkpoint.classNames
        ?? (0..<run.checkpoint.classes).map { "class \($0)" },
      pictures: found.paths.map { (name: $0, sample: nil, label: nil) }, answers: answers,
      faults: faults)
  }

  private func requireWhole(_ faults: [PicturePasses.Fault]) throws {
    guard !faults.isEmpty else { return }
    for fault in faults { Console.log("damaged: \(fault.reason)") }
    guard !skipCorrupt else { return }
    let rest = faults.count - 1
    throw CSGError(
      .data, faults[0].reason + (rest > 0 ? ", and \(rest) more damaged pictures" : ""),
      remedy: "mend or remove it, or add --skip-corrupt to leave it out")
  }

  private func answer(_ asked: Asked) throws {
    guard Console.isRoot else { return }
    let evidence =
      try filters
      ? FilterEvidence(
        asked.run.checkpoint, classes: asked.classes, analysed: analysed(asked.run.checkpoint))
      : nil
    let predictions = zip(asked.pictures, asked.answers).compactMap { picture, answer in
      answer.map {
        PicturePrediction(
          $0, of: picture.name, sample: picture.sample, label: picture.label,
          classes: asked.classes, top: top, evidence: evidence)
      }
    }
    let document = PredictionDocument(
      checkpoint: asked.run.file, architecture: asked.run.checkpoint.architecture,
      classes: asked.classes, pictures: predictions,
      skipped: asked.faults.map(\.reason))
    try json ? Console.result(json: document) : Console.result(document.text)
  }

  /// The analysis that was named, or that lies in the run directory and is of this checkpoint.
  private func analysed(_ checkpoint: Checkpoint) throws -> AnalysedFilters? {
    if let analysis {
      guard try AnalysedFilters.isOf(checkpoint, folder: analysis) else {
        throw CSGError.data(
          analysis, "is of another checkpoint than \(self.checkpoint)",
          remedy: "analyze this one, or name its analysis")
      }
      return try AnalysedFilters(folder: analysis, classes: checkpoint.classes)
    }
    let found = try AnalysedFilters.folders(in: self.checkpoint)
    if let own = try found.first(where: { try AnalysedFilters.isOf(checkpoint, folder: $0) }) {
      return try AnalysedFilters(folder: own, classes: checkpoint.classes)
    }
    Console.warn(
      found.isEmpty
        ? "no analysis lies in \(self.checkpoint): filters stand without their means and M"
        : "\(found[0]) is of another checkpoint: filters stand without their means and M")
    return nil
  }

  /// What all ranks must have been asked alike.
  private var options: [Agreement] {
    [
      Agreement("--data", data == nil ? "not given" : "given"),
      Agreement("--samples", samples.joined(separator: " ")),
    ]
  }
}
