import Core
import Network
import TestSupport
import Testing

@Suite struct DropoutTests {
  private static let addresses = SampleAddresses(
    seed: 3, epoch: 5, draws: [41, 7, 1_000_000][...])

  private func factors(
    _ rate: Double, layer: Int = 0, width: Int = 4096, _ addresses: SampleAddresses? = addresses
  ) -> [[Float]] {
    let dropout = Dropout(rate: rate, layer: layer, width: width, capacity: 3)
    return (0..<3).map { n in
      dropout.draw(n, addresses)
      return dropout.factors(n).array
    }
  }

  /// The share that stays lies within four standard deviations, and scales to a mean of 1.
  @Test(arguments: [0.1, 0.5, 0.8]) func keepsTheShareAndTheMean(_ rate: Double) {
    let all = factors(rate, width: 9216).flatMap { $0 }
    #expect(Set(all) == [0, Float(1 / (1 - rate))])
    let kept = Double(all.filter { $0 > 0 }.count) / Double(all.count)
    let deviation = (rate * (1 - rate) / Double(all.count)).squareRoot()
    #expect(abs(kept - (1 - rate)) < 4 * deviation)
    // Neighbours, and samples, know nothing of each other.
    let both = zip(all, all.dropFirst()).filter { $0 > 0 && $1 > 0 }.count
    #expect(abs(Double(both) / Double(all.count) - (1 - rate) * (1 - rate)) < 4 * deviation)
  }

  /// The rule as the documentation has it, by the numbers' addresses.
  @Test func followsTheAddresses() {
    let random = AddressedRandom(seed: 3, purpose: .dropout, stream: 5)
    let ours = factors(0.25, layer: 1, width: 10)
    for (n, sample) in [41, 7, 1_000_000].enumerated() {
      for i in 0..<10 {
        let word = random.words(sample * 3 + i / 4, attempt: 1)[i % 4]
        #expect(ours[n][i] == (word < 1 << 30 ? 0 : Float(4.0 / 3)))
      }
    }
  }

  /// Whatever the other samples of the pass are; but another epoch, layer or seed is another mask.
  @Test func dependsOnTheAddressAlone() {
    let ours = factors(0.5)
    let moved = factors(
      0.5, SampleAddresses(seed: 3, epoch: 5, draws: [9, 41, 7, 2][1...]))
    #expect(moved[0] == ours[0] && moved[1] == ours[1])
    #expect(ours[0] != ours[1])
    #expect(factors(0.5, layer: 1) != ours)
    for (seed, epoch) in [(4, 5), (3, 6)] as [(UInt64, Int)] {
      let others = factors(
        0.5, SampleAddresses(seed: seed, epoch: epoch, draws: Self.addresses.draws))
      #expect(others[0] != ours[0])
    }
  }

  @Test func isOffInEvaluationAndAtRateZero() {
    #expect(factors(0.5, nil).allSatisfy { $0.allSatisfy { $0 == 1 } })
    #expect(factors(0).allSatisfy { $0.allSatisfy { $0 == 1 } })
  }
}
