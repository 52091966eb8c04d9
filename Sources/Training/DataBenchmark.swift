import Communicator
import Core
import Datasets
import Kernels

/// The rate at which batches come in: read, augmented and normalised, and nothing computed.
public struct DataBenchmark {
  /// What was measured.
  public struct Result: Codable, Sendable {
    /// Samples a second of the whole job.
    public let imagesPerSecond: Double
    /// Samples of the whole job, and seconds on the slowest rank.
    public let images: Int, seconds: Double
    /// P, and images of a batch on each.
    public let ranks: Int, batch: Int

    enum CodingKeys: String, CodingKey {
      case images, seconds, ranks, batch
      case imagesPerSecond = "images_per_second"
    }
  }

  /// Takes batches of `batch` images a rank for `seconds`, after those that the prefetcher holds
  /// ready; each rank by its own clock. Shuffling and augmentation are the default ones.
  public static func run(
    dataset: Dataset, batch: Int, seconds: Double, communicator: Communicator
  ) throws -> Result {
    let data = try ResolvedConfiguration(sets: []).values.data
    let manifest = dataset.manifest
    let normalizer = try ImageNormalizer(data, manifest: manifest)
    let images = Map(
      .image(channels: manifest.channels, height: manifest.height, width: manifest.width, halo: 1),
      capacity: batch)
    let team = ThreadTeam(count: 1)
    let ranks = communicator.size
    let prefetcher = Prefetcher(
      dataset: dataset,
      plan: BatchPlan(
        samples: dataset.count, batchSize: batch * ranks, replicas: ranks, seed: 0,
        shuffle: data.shuffle),
      owned: communicator.rank..<communicator.rank + 1,
      augmentation: Augmentation(padding: data.cropPadding, flips: data.horizontalFlip, seed: 0),
      epoch: 0, step: 0, epochs: .max)
    defer { prefetcher.stop() }

    func load() throws -> Int {
      let next = try prefetcher.next()
      normalizer.fill(images, from: next, next.replicas[0], team: team)
      return next.labels.count
    }
    for _ in 0..<4 { _ = try load() }
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
      images: counts.reduce(0, +), seconds: times.max() ?? 0, ranks: ranks, batch: batch)
  }
}
