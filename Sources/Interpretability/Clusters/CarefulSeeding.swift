import Core
import Kernels

/// k-means++: the first centre is any sample, each further one a sample by its squared distance from
/// the nearest centre so far; the last sample where all distances are 0.
enum CarefulSeeding {
  /// Starts that are chosen for at once: reading all samples costs more than their distances from one
  /// centre.
  static let together = 12

  /// What one job of a team leaves: the samples that a start has chosen.
  private final class Choice: @unchecked Sendable {
    let random: AddressedRandom
    var samples: [Int] = []
    init(_ random: AddressedRandom) { self.random = random }
  }

  /// The samples of each of `starts` [start][count].
  static func choose(
    _ count: Int, of points: PointBlocks, _ table: FeatureTable, starts: [Int], seed: UInt64,
    _ team: ThreadTeam
  ) -> [[Int]] {
    let choices = starts.map {
      Choice(AddressedRandom(seed: seed, purpose: .clustering, stream: $0))
    }
    for choice in choices {
      let words = choice.random.words(0)
      choice.samples = [AddressedRandom.below(table.count, words[0], words[1])]
    }
    var distances = [Double](repeating: .infinity, count: starts.count * table.count)
    for element in 1..<max(count, 1) {
      let centers = choices.map { table.row($0.samples[element - 1]).map(Double.init) }
      points.lower(&distances, to: CenterGroups(centers))
      team.forEach(choices.count) { start, _ in
        let own = distances[start * table.count..<(start + 1) * table.count]
        let words = choices[start].random.words(element)
        var rest = AddressedRandom.unit(words[0], words[1]) * own.reduce(0, +)
        let chosen = own.firstIndex { distance in
          rest -= distance
          return rest < 0
        }
        choices[start].samples.append((chosen ?? own.endIndex - 1) - own.startIndex)
      }
    }
    return choices.map(\.samples)
  }
}
