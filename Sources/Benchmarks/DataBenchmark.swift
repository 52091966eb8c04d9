import Communicator
import Core
import Datasets
import Inference
import Kernels

/// The rate at which batches come in: read, decoded, augmented and normalised, and nothing computed.
package struct DataBenchmark {
  /// What was measured.
  package struct Result: Codable, Sendable {
    /// Samples a second of the whole job.
    package let imagesPerSecond: Double
    /// Samples of the whole job, and seconds on the slowest rank.
    package let images: Int, seconds: Double
    /// P, images of a batch on each, and threads that read them.
    package let ranks: Int, batch: Int, threads: Int

    enum CodingKeys: String, CodingKey {
      case images, seconds, ranks, batch, threads
      case imagesPerSecond = "images_per_second"
    }
  }

  /// Takes batches of `batch` images a rank for `seconds`, after those that the prefetcher holds
  /// ready; each rank by its own clock.
  package static func run(
    dataset: Dataset, configuration: Configuration, batch: Int, threads: Int, seconds: Double,
    communicator: Communicator
  ) throws -> Result {
    let manifest = dataset.manifest
    let normalizer = try ImageNormalizer(configuration.data, manifest: manifest)
    let transform = try ImageTransform(
      configuration.data, manifest: manifest, trainingSeed: configuration.seed)
    let images = Map(
      .image(
        channels: transform.channels, height: transform.height, width: transform.width, halo: 1),
      capacity: batch)
    let team = try ThreadTeam(count: 1)
    let ranks = communicator.size
    var plan = configuration
    plan.batchSize = batch * ranks
    plan.replicas = ranks
    let prefetcher = try Prefetcher(
      dataset: dataset, plan: BatchPlan(plan, dataset: dataset),
      owned: communicator.rank..<communicator.rank + 1, transform: transform, threads: threads,
      epoch: 0, step: 0, epochs: .max)
    defer { prefetcher.stop() }

    func load() throws -> Int {
      let next = try prefetcher.next()
      normalizer.fill(images, from: next, next.replicas[0], team: team)
      return next.labels.count
    }
    for _ in 0..<Prefetcher.mostBatches(threads: threads) { _ = try load() }
    var count = 0
    var elapsed = 0.0
    let began = ContinuousClock.now
    repeat {
      count += try load()
      elapsed = (ContinuousClock.now - began) / .seconds(1)
    } while elapsed < seconds
    let counts = try communicator.gather([count]).map { $0[0] }
    let times = try communicator.gather([elapsed]).map { $0[0] }
    return Result(
      imagesPerSecond: zip(counts, times).reduce(0) { $0 + Double($1.0) / $1.1 },
      images: counts.reduce(0, +), seconds: times.max() ?? 0, ranks: ranks, batch: batch,
      threads: threads)
  }
}
