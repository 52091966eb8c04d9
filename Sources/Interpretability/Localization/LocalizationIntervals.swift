import Communicator
import Core

/// How far a method's scores would move with other images of the same kind: the bootstrap over images,
/// the classes' numbers of images held; with a baseline, the same images for both, whose differences so
/// are paired.
package struct LocalizationIntervals: Sendable {
  /// The percentiles 2.5 and 97.5 of a number over the draws.
  package struct Interval: Sendable, Equatable, Encodable {
    package let low: Double, high: Double
  }
  /// A difference of network and baseline: its interval, and twice the smaller share of the draws on
  /// either side of 0 (at least 2 / (draws + 1)), which is a two-sided p.
  package struct Difference: Sendable, Equatable {
    package let interval: Interval, p: Double
  }

  /// Of the totals of the network and the baseline.
  package let overlap: Interval, precision: Interval
  package let baseline: (overlap: Interval, precision: Interval)?
  package let difference: (overlap: Difference, precision: Difference)?

  /// Draws of the images.
  package static let draws = 1000

  /// Draws over all ranks; collective. Both networks have seen the same samples.
  package init(
    _ method: LocalizationMethod, network: NetworkLocalization, baseline: NetworkLocalization?,
    settings: LocalizationSettings, seed: UInt64, communicator: Communicator
  ) throws {
    let (rank, ranks) = (communicator.rank, communicator.size)
    let width = baseline == nil ? 2 : 4
    var mine: [Double] = []
    for draw in stride(from: rank, to: Self.draws, by: ranks) {
      let weights = network.draw(AddressedRandom(seed: seed, purpose: .bootstrap, stream: draw))
      for localization in [network] + [baseline].compactMap({ $0 }) {
        let total = localization.scores(method, settings, weights: weights).total
        mine += [total.overlap, total.precision]
      }
    }
    let all = try communicator.gather(mine)
    let drawn = (0..<Self.draws).map { draw in
      let (turn, rank) = draw.quotientAndRemainder(dividingBy: ranks)
      return Array(all[rank][turn * width..<(turn + 1) * width])
    }
    func interval(_ value: ([Double]) -> Double) -> Interval {
      let values = drawn.map(value).sorted()
      return Interval(low: Percentile.of(values, 2.5), high: Percentile.of(values, 97.5))
    }
    func difference(_ i: Int) -> Difference {
      let values = drawn.map { $0[i] - $0[i + 2] }
      let fewer = min(values.count { $0 <= 0 }, values.count { $0 >= 0 })
      return Difference(
        interval: interval { $0[i] - $0[i + 2] },
        p: min(1, 2 * Double(fewer + 1) / Double(Self.draws + 1)))
    }
    overlap = interval { $0[0] }
    precision = interval { $0[1] }
    let isPaired = baseline != nil
    self.baseline = isPaired ? (interval { $0[2] }, interval { $0[3] }) : nil
    self.difference = isPaired ? (difference(0), difference(1)) : nil
  }
}

extension NetworkLocalization {
  /// How often each sample comes when as many images of each class are drawn with replacement as there
  /// are.
  func draw(_ random: AddressedRandom) -> [Int] {
    var weights = [Int](repeating: 0, count: count)
    let byClass = Dictionary(grouping: scored) { labels[$0] }
    for samples in byClass.values {
      for sample in samples {
        // Addressed by the sample whose place is filled: the order of classes does not matter.
        let words = random.words(sample)
        weights[samples[AddressedRandom.below(samples.count, words[0], words[1])]] += 1
      }
    }
    return weights
  }
}
