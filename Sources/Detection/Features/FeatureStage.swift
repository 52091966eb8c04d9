import Attacks
import Communicator
import Core
import Datasets
import Inference

/// Takes pictures through a net, and keeps the pooled features that it has of them.
///
/// Blocks of 64 pictures in order are shared out, block b to rank b mod P. A file that is there and of
/// the same run is not made again.
struct FeatureStage {
  let passes: SplitPasses
  let layers: [ConvolutionPart]

  private static let blockSize = SplitPasses.blockSize

  private var communicator: Communicator { passes.communicator }

  /// Writes the features of samples as they are. Collective.
  func writeNormal(_ samples: [Int], to path: String, run: [Agreement]) throws {
    let values = try features(count: samples.count) { _, mine in
      var pictures: [[Float]] = []
      try communicator.together {
        pictures = try mine.map { AttackedSample.values(try passes.planes(samples[$0])) }
      }
      return pictures
    }
    try communicator.onRoot {
      try FeatureFile.write(
        PooledTable(width: width, samples: samples.map(Int32.init), values: values), run: run,
        layers: layers, to: path)
    }
  }

  /// Writes the features of an attack's pictures. Collective.
  func writeAttacked(
    _ attack: String, samples: [Int], to path: String, run: [Agreement]
  ) throws {
    try write(attack, samples: samples, to: path, run: run) { (try $0.picture($1), true) }
  }

  /// Writes the features of samples with random signs as large as what the attack in a file changed
  /// (`Attack.noiseSize`), the same as its own control had; where it has none, a sample does not count as
  /// attacked. Collective.
  func writeNoise(
    _ path: String, of attack: any Attack, in file: String, samples: [Int], seed: UInt64,
    run: [Agreement]
  ) throws {
    try write(file, samples: samples, to: path, run: run) { reader, row in
      let original = AttackedSample.values(try reader.original(row))
      guard reader.wasAttacked[row] == 1 else { return (original, false) }
      let victim = Victim(sample: samples[row], picture: original, label: 0, target: nil)
      let found = Attacked(
        picture: try reader.picture(row), isSuccess: reader.isSuccess[row] == 1, queries: 0)
      guard let size = attack.noiseSize(found, of: victim) else { return (original, false) }
      return (Noise.signs(victim, epsilon: size, seed: seed), true)
    }
  }

  /// What a file of features is to hold of a row of an attack's file: a picture, and whether it counts.
  private typealias Choice = (AttackReader, _ row: Int) throws -> (picture: [Float], counts: Bool)

  /// Writes the features of pictures that rank 0 makes, for all, of an attack's file. Collective.
  private func write(
    _ attack: String, samples: [Int], to path: String, run: [Agreement], _ choose: Choice
  ) throws {
    let input = passes.network.input
    let size = input.channels * input.pixels
    var reader: AttackReader?
    try communicator.onRoot {
      let opened = try AttackReader(attack, values: size)
      guard opened.samples.map(Int.init) == samples else {
        throw CSGError.data(attack, "is of other samples than it says", remedy: "remove it")
      }
      reader = opened
    }
    var counts: [Bool] = []
    let values = try features(count: samples.count) { round, mine in
      var read: [Float] = []
      try communicator.onRoot {
        guard let reader else { return }
        for row in round {
          let chosen = try choose(reader, row)
          read += chosen.picture
          counts.append(chosen.counts)
        }
      }
      let all = try communicator.gather(read)[0]
      return mine.map {
        let first = ($0 - round.lowerBound) * size
        return Array(all[first..<first + size])
      }
    }
    try communicator.onRoot {
      guard let reader else { return }
      let table = PooledTable(
        width: width, samples: reader.samples, values: values, wasCorrect: reader.wasCorrect,
        wasAttacked: zip(reader.wasAttacked, counts).map { $1 ? $0 : 0 },
        isSuccess: reader.isSuccess)
      try FeatureFile.write(table, run: run, layers: layers, to: path)
    }
  }

  private var width: Int { layers.last?.filters.upperBound ?? 0 }

  /// The features [count][F], on every rank. `pictures` is called by all ranks with the rows of a round
  /// of blocks, and of these with a rank's own, whose pictures it returns.
  private func features(
    count: Int, _ pictures: (_ round: Range<Int>, _ mine: Range<Int>) throws -> [[Float]]
  ) throws -> [Float] {
    let net = PictureNet(network: passes.network, normalizer: passes.normalizer)
    var mine: [Float] = []
    let size = Self.blockSize * communicator.size
    for start in stride(from: 0, to: count, by: size) {
      let first = min(start + communicator.rank * Self.blockSize, count)
      let own = first..<min(first + Self.blockSize, count)
      communicator.enter(.featureBlock, first / Self.blockSize)
      let found = try pictures(start..<min(start + size, count), own)
      for answer in net.answers(found) { mine += answer.features }
    }
    let all = try communicator.gather(mine)
    let blocks = (count + Self.blockSize - 1) / Self.blockSize
    return (0..<blocks).flatMap { block in
      let (turn, rank) = block.quotientAndRemainder(dividingBy: communicator.size)
      let first = turn * Self.blockSize * width
      return all[rank][first..<min(first + Self.blockSize * width, all[rank].count)]
    }
  }
}
