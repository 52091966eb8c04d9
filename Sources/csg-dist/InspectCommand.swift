import ArgumentParser
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Storage

/// What is in a checkpoint, a run directory or a data set.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "What is in a checkpoint, a run directory or a data set.",
    discussion: """
      A checkpoint is always verified against its digest. --digest prints one line that is equal for \
      equal results: of a checkpoint the XXH3-128 of θ, running statistics, G and optimiser state; of \
      a split its fingerprint, of a data set one over its splits'.
      """)

  @Argument(
    help: ArgumentHelp(
      "Checkpoint, run directory, data set or one of its splits.", valueName: "file|dir"))
  var path: String

  @Flag(help: "Read a data set whole and compare it with its manifest.")
  var verify = false

  @Flag(
    help: ArgumentHelp(
      """
      With --verify: give a data set that an older csg-dist prepared the digest of each sample, by which \
      damage shows as it is read.
      """))
  var writeDigests = false

  @Flag(help: "Print only the digest of the result.")
  var digest = false

  @Flag(help: "Print one JSON document.")
  var json = false

  private struct CheckpointDocument: Encodable {
    let kind = "checkpoint"
    let path, architecture, digest: String
    let classes, channels, step, epoch, step_in_epoch, parameters: Int
    let gate: [Int]?
    let density: Double?
    let optimizer: [String]
    let data_fingerprint, configuration: String?
    let provenance: String
    let tensors: [String: [Int]]
  }

  private struct DatasetDocument: Encodable {
    let kind = "data set"
    let path: String
    let splits: [Manifest]
    let verified: Bool
  }

  func validate() throws {
    guard !writeDigests || verify else {
      throw ValidationError("--write-digests goes with --verify: only what is whole gets digests")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    if communicator.isRoot { try inspect() }
    try communicator.finish()
  }

  private func inspect() throws {
    let candidates = [path, "\(path)/train", "\(path)/test"]
    let splits = try candidates.filter { try FileSystem.exists("\($0)/manifest.json") }
    for folder in candidates.dropFirst()
    where try !splits.isEmpty && !splits.contains(path) && !splits.contains(folder)
      && FileSystem.kind(of: folder) == .folder
    {
      throw CSGError.data(folder, "has no manifest.json", remedy: "restore it, or prepare anew")
    }
    if splits.isEmpty {
      let (file, checkpoint) = try RunDirectory.read(at: path)
      try inspect(checkpoint, file)
    } else {
      try inspectDataset(splits)
    }
  }

  private func show(digest: String) throws {
    if json { try Console.result(json: ["digest": digest]) } else { try Console.result(digest) }
  }

  private func inspect(_ checkpoint: Checkpoint, _ file: String) throws {
    let state = checkpoint.stateDigest.description
    if digest { return try show(digest: state) }
    let density = checkpoint.gate.map { gate in
      gate.values.reduce(0) { $0 + Double($1) } / Double(gate.values.count)
    }
    let all = checkpoint.parameters + checkpoint.buffers
    let document = CheckpointDocument(
      path: file, architecture: checkpoint.architecture, digest: state,
      classes: checkpoint.classes, channels: checkpoint.channels, step: checkpoint.step,
      epoch: checkpoint.epoch, step_in_epoch: checkpoint.stepInEpoch,
      parameters: checkpoint.parameters.reduce(0) { $0 + $1.values.count },
      gate: checkpoint.gate?.shape, density: density,
      optimizer: checkpoint.optimizer.keys.sorted(),
      data_fingerprint: checkpoint.dataFingerprint, configuration: checkpoint.configuration,
      provenance: checkpoint.provenance,
      tensors: Dictionary(all.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first }))
    if json { return try Console.result(json: document) }
    let gate = density.map { "L1-density \(NumberText.fixed($0, 4))" } ?? "none"
    let optimizer =
      document.optimizer.isEmpty ? "none" : document.optimizer.joined(separator: ", ")
    var lines = [
      "checkpoint      \(file) (verified)",
      "network         \(checkpoint.architecture), \(document.parameters) parameters",
      "classes         \(checkpoint.classes), images of \(NumberText.count(checkpoint.channels, "channel"))",
      "progress        step \(checkpoint.step): epoch \(checkpoint.epoch)"
        + " + \(NumberText.count(checkpoint.stepInEpoch, "step"))",
      "gate            \(gate)",
      "optimizer       \(optimizer)",
      "digest          \(state)",
    ]
    for line in checkpoint.provenance.split(separator: "\n") { lines.append("  \(line)") }
    try Console.result(lines.joined(separator: "\n"))
  }

  private func inspectDataset(_ folders: [String]) throws {
    var datasets = try folders.map { try Dataset(folder: $0) }
    if verify { for dataset in datasets { try dataset.verify() } }
    if writeDigests {
      for dataset in datasets { try dataset.writeDigests { Console.log("digests: \($0)") } }
    }
    if writeDigests { datasets = try folders.map { try Dataset(folder: $0) } }
    for dataset in datasets {
      if let caution = dataset.caution { Console.warn(caution) }
    }
    let manifests = datasets.map(\.manifest)
    if digest {
      let builder = DigestBuilder()
      for manifest in manifests { builder.update(manifest.fingerprint) }
      let whole = builder.digest().description
      return try show(digest: manifests.count == 1 ? manifests[0].fingerprint : whole)
    }
    if json {
      return try Console.result(
        json: DatasetDocument(path: path, splits: manifests, verified: verify))
    }
    for dataset in datasets {
      let manifest = dataset.manifest
      let extent = "\(manifest.height) × \(manifest.width) × \(manifest.channels)"
      let skipped =
        manifest.skipped.map { ", \(NumberText.count($0, "damaged picture")) left out" } ?? ""
      let masks = manifest.hasMasks ? ", each with a mask of its object" : ""
      try Console.result(
        """
        \(dataset.folder)  \(manifest.source), split \(manifest.split)\(verify ? " (verified)" : "")
          samples      \(manifest.count) in \(NumberText.count(manifest.shards.count, "shard"))\(skipped)
          image        \(manifest.holdsFiles ? "JPEG files, at most " : "")\(extent)\(masks)
          classes      \(manifest.classes.count): \(manifest.classes.prefix(10).joined(separator: ", "))
          mean, std    \(manifest.mean), \(manifest.std)
          fingerprint  \(manifest.fingerprint)
        """)
    }
  }
}
