import Communicator
import Core
import Datasets
import Foundation
import Inference
import Kernels
import Network
import Training

/// The rate of whole training steps: one replica a rank, of images held in memory or of a data set.
package struct StepBenchmark {
  /// What was measured.
  package struct Result: Codable, Sendable {
    /// Samples a second of the whole job: the median over steps.
    package let imagesPerSecond: Double
    /// Steps timed.
    package let steps: Int
    /// P, computing threads of a rank, and the kernels' instruction set.
    package let ranks: Int, threads: Int, cpu: String
    /// Seconds of an average step on rank 0, by stage.
    package let stages: StageSeconds
    /// Bytes that rank 0 hands over for other ranks in a step.
    package let sentBytes: Int
    /// Largest resident size of rank 0.
    package let peakBytes: Int
    /// What ran: net, images a rank, side, path.
    package let architecture: String, batch: Int, image: Int, path: Path

    enum CodingKeys: String, CodingKey {
      case steps, ranks, threads, cpu, stages, architecture, batch, image, path
      case imagesPerSecond = "images_per_second"
      case sentBytes = "sent_bytes"
      case peakBytes = "peak_bytes"
    }
  }

  /// Runs steps for `seconds` (at least five) after two to warm up. Rank 0's clock decides. Images of
  /// `dataset` are read as training would: random resized crops where it holds others than the
  /// network takes.
  package static func run(
    architecture name: String, batch: Int, image side: Int?, path: Path, frozen: [String],
    batchNorm: Configuration.BatchNormScope, wire: Configuration.Compute.Wire,
    overlap: Bool = true,
    dataset: Dataset? = nil, seconds: Double,
    compute: Network.Compute, communicator: Communicator
  ) throws -> Result {
    let ranks = communicator.size
    let architecture = try Architecture(name)
    let image = side ?? architecture.imageSide
    try architecture.requireRoom(height: image, width: image)
    let configuration = try ResolvedConfiguration(
      sets: [
        "model.architecture=\(name)", "replicas=\(ranks)", "batch_size=\(batch * ranks)",
        "batch_norm=\(batchNorm.rawValue)", "compute.wire=\(wire.rawValue)",
        "compute.overlap=\(overlap)",
        "learning_rate.standard=0.01",
        "learning_rate.gated=0.01", "epochs=1",
        "model.frozen.\(path == .gated ? "gated" : "standard")=[\(frozen.joined(separator: ","))]",
        "gate.schedule=\(path == .gated ? "alternate" : path.rawValue)", "gate.period=1",
      ] + framing(of: dataset?.manifest, side: image)
    ).values
    let channels = configuration.model.channels
    let classes = configuration.model.classes
    let network = try Network(
      architecture: architecture, channels: channels,
      classes: classes, height: image, width: image, capacity: batch, initialGate: 0.5,
      dropout: configuration.model.dropout, norms: configuration.normScope(communicator),
      compute: compute)
    network.initialize(seed: 0)
    let step = try TrainingStep(
      network: network, configuration: configuration,
      schedule: Schedule(configuration, stepsPerEpoch: 1),
      normalizer: ImageNormalizer(
        mean: Array(repeating: 0.5, count: channels), std: Array(repeating: 0.25, count: channels)),
      communicator: communicator, level: compute.level)
    let noise = noise(batch, side: image, channels: channels, classes: classes, communicator)
    let prefetcher = try dataset.map { dataset in
      try Prefetcher(
        dataset: dataset, plan: BatchPlan(configuration, dataset: dataset),
        owned: step.ownedReplicas,
        transform: try ImageTransform(
          configuration.data, manifest: dataset.manifest, trainingSeed: configuration.seed),
        threads: Prefetcher.threads(besides: network.team.count), epoch: 0, step: 0, epochs: .max)
    }
    defer { prefetcher?.stop() }

    func takeStep() throws {
      guard let dataset, let prefetcher else {
        _ = try step.run(noise, samples: batch * ranks, stopRequested: false)
        return
      }
      let next = try step.nextBatch(from: prefetcher)
      let plan = BatchPlan(configuration, dataset: dataset)
      // The schedule of the benchmark is one epoch long.
      _ = try step.run(
        Batch(
          epoch: 0, step: 0, replicas: next.replicas, pixels: next.pixels, labels: next.labels,
          draws: next.draws),
        samples: plan.count(step: next.step), stopRequested: false)
    }
    for _ in 0..<2 { try takeStep() }
    let warmup = step.stages
    let sentBefore = step.sentBytes
    let (median, steps) = try Repetition.median(
      seconds: seconds, communicator: communicator, takeStep)
    return Result(
      imagesPerSecond: Double(batch * ranks) / median, steps: steps, ranks: ranks,
      threads: compute.threads, cpu: compute.level.rawValue,
      stages: step.stages.mean(since: warmup, steps: steps),
      sentBytes: (step.sentBytes - sentBefore) / steps, peakBytes: ProcessMemory.peakBytes,
      architecture: name, batch: batch, image: image, path: path)
  }

  /// Keys that make a data set's pictures fit the network.
  private static func framing(of manifest: Manifest?, side: Int) -> [String] {
    guard let manifest else { return [] }
    let fit = ["model.classes=\(manifest.classes.count)", "model.channels=\(manifest.channels)"]
    let isAsStored = !manifest.holdsFiles && (manifest.height, manifest.width) == (side, side)
    return isAsStored
      ? fit
      : fit + ["data.image_size=\(side)", "data.crop_padding=0", "data.random_resized_crop={}"]
  }

  /// A batch of random pixels.
  private static func noise(
    _ count: Int, side: Int, channels: Int, classes: Int, _ communicator: Communicator
  ) -> Batch {
    let random = AddressedRandom(seed: UInt64(communicator.rank), purpose: .augmentation, stream: 0)
    return Batch(
      epoch: 0, step: 0, replicas: [0..<count],
      pixels: (0..<count * side * side * channels).map {
        UInt8(truncatingIfNeeded: random.words($0)[0])
      },
      labels: (0..<count).map { Int32($0 % classes) })
  }
}
