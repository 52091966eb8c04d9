import Core
import Datasets
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PrefetcherTests {
  private let folder: TemporaryFolder
  private let raw: RawDataset

  init() throws {
    folder = try TemporaryFolder()
    raw = try Samples.raw(train: 23)
    _ = try Samples.dataset(raw, shards: 3, in: folder)
  }

  private let plan = BatchPlan(samples: 23, batchSize: 5, replicas: 4, seed: 9, shuffle: .full)

  /// The same draws, three classes of them balanced: of 20, 2 and 1 samples by number.
  private let balanced = BatchPlan(
    samples: 23, batchSize: 5, replicas: 4, seed: 9, shuffle: .full,
    balance: ClassBalance(
      labels: (0..<23).map { $0 < 20 ? 0 : $0 < 22 ? 1 : 2 }, classes: 3, seed: 9))

  /// Every batch from a step of an epoch to the end of the last epoch.
  private func batches(
    _ plan: BatchPlan? = nil, owned: Range<Int> = 0..<4, epoch: Int = 0, step: Int = 0,
    epochs: Int = 2, padding: Int = 1, flips: Bool = true, seed: UInt64 = 3, threads: Int = 1
  ) throws -> [Batch] {
    let dataset = try Dataset(folder: folder("set/train"))
    let plan = plan ?? self.plan
    let prefetcher = try Prefetcher(
      dataset: dataset, plan: plan, owned: owned,
      transform: ImageTransform(
        manifest: dataset.manifest,
        augmentation: Augmentation(padding: padding, flips: flips, seed: seed)),
      threads: threads, epoch: epoch, step: step, epochs: epochs)
    defer { prefetcher.stop() }
    let count = (epochs - epoch) * plan.stepsPerEpoch - step
    return try (0..<count).map { _ in try prefetcher.next() }
  }

  /// Image by image, what one replica sees.
  private func images(_ batch: Batch, _ replica: Int) -> [[UInt8]] {
    batch.replicas[replica].map { Array(batch.pixels[30 * $0..<30 * ($0 + 1)]) }
  }

  // MARK: Prefetcher

  @Test func stepsFollowEachOtherAcrossEpochs() throws {
    let batches = try batches()
    #expect(batches.map(\.epoch) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    #expect(batches.map(\.step) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
    #expect(batches[0].replicas == [0..<2, 2..<3, 3..<4, 4..<5])
    #expect(batches[4].replicas == [0..<1, 1..<2, 2..<3, 3..<3])
  }

  @Test func withoutAugmentationImagesAreThoseOfTheDataset() throws {
    for batch in try batches(padding: 0, flips: false) {
      let order = plan.order(epoch: batch.epoch)
      for replica in 0..<4 {
        let samples = plan.positions(step: batch.step, replica: replica).map { Int(order[$0]) }
        #expect(images(batch, replica) == samples.map { raw.train.image($0) })
        #expect(
          Array(batch.labels[batch.replicas[replica]]) == samples.map { raw.train.labels[$0] })
      }
    }
  }

  /// What a replica sees can be made again at any time, by anyone: augmented, and of balanced classes too.
  @Test func aReplicaAloneSeesTheSame() throws {
    let dataset = try Dataset(folder: folder("set/train"))
    for plan in [plan, balanced] {
      let samples = ReplicaSamples(
        dataset: dataset, plan: plan,
        transform: ImageTransform(
          manifest: dataset.manifest,
          augmentation: Augmentation(padding: 1, flips: true, seed: 3)))
      for batch in try batches(plan).reversed() {
        for replica in 0..<4 {
          let again = try samples.batch(
            epoch: batch.epoch, step: batch.step, replicas: replica..<replica + 1)
          let range = batch.replicas[replica]
          #expect(again.replicas == [0..<range.count])
          #expect(images(again, 0) == images(batch, replica))
          #expect(again.labels == Array(batch.labels[range]))
          #expect(again.draws == Array(batch.draws[range]))
        }
      }
    }
  }

  /// Ranks that share the replicas see, together, what one rank sees.
  @Test(arguments: [[0..<2, 2..<4], [0..<1, 1..<2, 2..<4], [0..<1, 1..<2, 2..<3, 3..<4]])
  func theSplitOverRanksDoesNotMatter(parts: [Range<Int>]) throws {
    let whole = try batches()
    let split = try parts.map { try batches(owned: $0) }
    for step in whole.indices {
      #expect(split.flatMap { $0[step].pixels } == whole[step].pixels)
      #expect(split.flatMap { $0[step].labels } == whole[step].labels)
      for (rank, part) in parts.enumerated() {
        for replica in part {
          let images = images(split[rank][step], replica - part.lowerBound)
          #expect(images == self.images(whole[step], replica))
        }
      }
    }
  }

  @Test(arguments: [(0, 3), (0, 5), (1, 0), (1, 4)])
  func aStartWithinTheRunIsTheTailOfAll(epoch: Int, step: Int) throws {
    let tail = try batches(epoch: epoch, step: step)
    let whole = try batches().dropFirst(epoch * plan.stepsPerEpoch + step)
    #expect(tail.map(\.pixels) == whole.map(\.pixels))
    #expect(tail.map(\.labels) == whole.map(\.labels))
    #expect(tail.map(\.step) == whole.map(\.step) && tail.map(\.epoch) == whole.map(\.epoch))
  }

  /// Flips a bit of sample 12, and returns its shard.
  private func damage() throws -> String {
    let path = folder("set/train/shard-00001.h5")
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[try #require(bytes.firstRange(of: raw.train.image(12))).lowerBound] ^= 1
    return try folder.write("set/train/shard-00001.h5", bytes)
  }

  /// The batches before the damage arrive; the damage arrives in place of its batch.
  @Test(arguments: [1, 3])
  func aDamagedShardSurfacesAtNext(threads: Int) throws {
    let path = try damage()
    let position = try #require(plan.order(epoch: 0).firstIndex(of: 12))
    let dataset = try Dataset(folder: folder("set/train"))
    let prefetcher = try Prefetcher(
      dataset: dataset, plan: plan, owned: 0..<4,
      transform: ImageTransform(manifest: dataset.manifest, augmentation: nil), threads: threads,
      epoch: 0, step: 0, epochs: 1)
    for step in 0..<position / plan.batchSize { #expect(try prefetcher.next().step == step) }
    let error = #expect(throws: CSGError.self) { try prefetcher.next() }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("images[") == true)
    #expect(error?.message.hasPrefix(path) == true)
    #expect(throws: CSGError.self) { try prefetcher.next() }
    prefetcher.stop()
  }

  @Test(arguments: [2, 3, 8])
  func theNumberOfThreadsDoesNotMatter(threads: Int) throws {
    let one = try batches()
    let several = try batches(threads: threads)
    #expect(several.map(\.pixels) == one.map(\.pixels))
    #expect(several.map(\.labels) == one.map(\.labels))
    #expect(several.map(\.step) == one.map(\.step))
  }

  /// Balanced batches hold the samples of their draws, whoever makes them and wherever they begin.
  @Test func balancedDrawsAreSplitAndResumedAlike() throws {
    for batch in try batches(balanced, padding: 0, flips: false) {
      let samples = batch.draws.map { balanced.sample(Int($0), epoch: batch.epoch) }
      #expect(batch.pixels == samples.flatMap { raw.train.image($0) })
      #expect(batch.labels == samples.map { raw.train.labels[$0] })
    }
    let whole = try batches(balanced)
    let parts = try [0..<1, 1..<4].map { try batches(balanced, owned: $0, threads: 3) }
    let tail = try batches(balanced, epoch: 0, step: 3)
    for step in whole.indices {
      #expect(parts.flatMap { $0[step].pixels } == whole[step].pixels)
      #expect(parts.flatMap { $0[step].draws } == whole[step].draws)
      #expect(step < 3 || tail[step - 3].pixels == whole[step].pixels)
    }
  }

  /// A sample that comes several times in an epoch is cropped and mirrored anew each time.
  @Test func aSampleThatComesAgainLooksDifferent() throws {
    let batches = try batches(balanced, epochs: 1, padding: 2)
    let only = batches.flatMap { batch in
      batch.draws.enumerated().filter { balanced.sample(Int($1), epoch: 0) == 22 }.map {
        Array(batch.pixels[30 * $0.offset..<30 * ($0.offset + 1)])
      }
    }
    #expect((7...8).contains(only.count) && Set(only).count > 3)
  }

  @Test func runsOfSamplesComeInOrder() throws {
    let dataset = try Dataset(folder: folder("set/train"))
    let prefetcher = try Prefetcher(
      dataset: dataset, transform: ImageTransform(manifest: dataset.manifest, augmentation: nil),
      threads: 2, runs: [3..<5, 9..<10, 20..<23])
    for run in [3..<5, 9..<10, 20..<23] {
      let batch = try prefetcher.next()
      #expect(batch.pixels == run.flatMap { raw.train.image($0) })
      #expect(batch.labels == run.map { raw.train.labels[$0] } && batch.replicas == [0..<run.count])
    }
    prefetcher.stop()
  }

  /// HDF5 prints on each thread that was not told to be silent, the prefetcher's included.
  @Test func theLibraryPrintsNothingOfTheDamage() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      let test = try PrefetcherTests()
      _ = try test.damage()
      #expect(throws: CSGError.self) { try test.batches(epochs: 1) }
    }
    let errors = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(!errors.contains("HDF5"))
  }
}

@Suite(.timeLimit(.minutes(10)))
struct AugmentationTests {
  private let folder: TemporaryFolder
  private let raw: RawDataset
  private let samples = 200

  init() throws {
    folder = try TemporaryFolder()
    raw = try Samples.raw(train: samples)
    _ = try Samples.dataset(raw, shards: 1, in: folder)
  }

  /// The augmented image of each sample, in sample order.
  private func images(
    padding: Int, flips: Bool, seed: UInt64 = 3, epoch: Int = 0, batch: Int = 50,
    shuffle: Configuration.Shuffle = .none
  ) throws -> [[UInt8]] {
    let plan = BatchPlan(
      samples: samples, batchSize: batch, replicas: 1, seed: 1, shuffle: shuffle)
    let dataset = try Dataset(folder: folder("set/train"))
    let prefetcher = try Prefetcher(
      dataset: dataset, plan: plan, owned: 0..<1,
      transform: ImageTransform(
        manifest: dataset.manifest,
        augmentation: Augmentation(padding: padding, flips: flips, seed: seed)),
      epoch: epoch, step: 0, epochs: epoch + 1)
    defer { prefetcher.stop() }
    let pixels = try (0..<plan.stepsPerEpoch).flatMap { _ in try prefetcher.next().pixels }
    var images = [[UInt8]](repeating: [], count: samples)
    for (position, sample) in plan.order(epoch: epoch).enumerated() {
      images[Int(sample)] = Array(pixels[30 * position..<30 * (position + 1)])
    }
    return images
  }

  /// Reference: pad by zeros, crop 6 × 5 at (top, left), mirror.
  private func reference(
    _ image: [UInt8], padding: Int, top: Int, left: Int, isMirrored: Bool
  ) -> [UInt8] {
    let empty = [UInt8](repeating: 0, count: 5 + 2 * padding)
    var padded = [[UInt8]](repeating: empty, count: 6 + 2 * padding)
    for row in 0..<6 {
      padded[row + padding].replaceSubrange(
        padding..<padding + 5, with: image[5 * row..<5 * (row + 1)])
    }
    return padded[top..<top + 6].flatMap { row in
      isMirrored ? row[left..<left + 5].reversed() : Array(row[left..<left + 5])
    }
  }

  /// Every image is one of the crops and mirrors there are, and each offset occurs.
  @Test(arguments: [(1, true), (1, false), (2, true), (0, true)])
  func imagesAreCropsOfThePaddedImage(padding: Int, flips: Bool) throws {
    let offsets = 0..<2 * padding + 1
    var choices: [[Int]: Int] = [:]
    for (sample, image) in try images(padding: padding, flips: flips).enumerated() {
      let found = offsets.flatMap { top in
        offsets.flatMap { left in
          [false, true].filter {
            image
              == reference(
                raw.train.image(sample), padding: padding, top: top, left: left, isMirrored: $0)
          }.map { [top, left, $0 ? 1 : 0] }
        }
      }
      #expect(found.count == 1, "sample \(sample)")
      for choice in found { choices[choice, default: 0] += 1 }
    }
    for axis in 0..<2 { #expect(Set(choices.keys.map { $0[axis] }) == Set(offsets)) }
    let mirrored = choices.reduce(0) { $0 + ($1.key[2] == 1 ? $1.value : 0) }
    // Half of 200, give or take four standard deviations.
    #expect(flips ? abs(mirrored - 100) < 29 : mirrored == 0)
  }

  @Test func withoutCropAndFlipNothingChanges() throws {
    let images = try images(padding: 0, flips: false)
    #expect(images == (0..<samples).map { raw.train.image($0) })
  }

  @Test func augmentationIsAFunctionOfSeedEpochAndSample() throws {
    let first = try images(padding: 2, flips: true)
    #expect(try images(padding: 2, flips: true, batch: 7, shuffle: .full) == first)
    #expect(try images(padding: 2, flips: true, seed: 4) != first)
    #expect(try images(padding: 2, flips: true, epoch: 1) != first)
  }
}
