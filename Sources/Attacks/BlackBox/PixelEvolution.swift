import Core

/// The random steps of differential evolution over pixels, each addressed by generation and member.
///
/// Places within a generation: member · `placesAMember` + slot. Slots 0 and 1: the members that are mixed,
/// and the number that is mixed in any case; 2 + i: of number i of the vector, its first value in
/// generation 0, later (first half) whether it is mixed and (second half) its value where the mixture
/// leaves the space. Past all members: the factor.
package struct PixelEvolution: Sendable {
  private let settings: OnePixelAttack
  package let space: PixelSpace
  private let random: AttackRandom

  package init(settings: OnePixelAttack, space: PixelSpace, random: AttackRandom) {
    (self.settings, self.space, self.random) = (settings, space, random)
  }

  private var placesAMember: Int { 2 + space.count }

  /// The first population: positions uniform, colours normal and clipped.
  package func founders() -> [[Double]] {
    (0..<settings.population).map { member in
      (0..<space.count).map { component in
        let place = member * placesAMember + 2 + component
        guard component % space.stride >= 2 else {
          return uniform(component, random.words(round: 0, place: place).lowHalf)
        }
        let colour =
          settings.colourMean + settings.colourDeviation * random.normal(round: 0, place: place)
        return min(255, max(0, colour))
      }
    }
  }

  /// The factor of a generation.
  package func factor(_ generation: Int) -> Double {
    let (low, high) = (settings.factor.lowerBound, settings.factor.upperBound)
    guard low < high else { return low }
    let words = random.words(round: generation, place: settings.population * placesAMember)
    return low + AddressedRandom.unit(words[0], words[1]) * (high - low)
  }

  /// A child of each member, all from the same generation of parents; `best` is the place of the best.
  package func children(of parents: [[Double]], best: Int, generation: Int) -> [[Double]] {
    let factor = factor(generation)
    return parents.indices.map { member in
      let first = member * placesAMember
      let words = random.words(round: generation, place: first)
      let more = random.words(round: generation, place: first + 1)
      let others = Self.others(
        than: member, of: parents.count, [words.lowHalf, words.highHalf, more.lowHalf])
      let (base, a, b) =
        switch settings.base {
        case .random: (parents[others[0]], parents[others[1]], parents[others[2]])
        case .best: (parents[best], parents[others[0]], parents[others[1]])
        }
      let always = AddressedRandom.below(space.count, more[2], more[3])
      return (0..<space.count).map { component in
        let own = random.words(round: generation, place: first + 2 + component)
        guard
          component == always
            || AddressedRandom.unit(own[0], own[1]) < settings.recombination
        else { return parents[member][component] }
        let value = base[component] + factor * (a[component] - b[component])
        return space.holds(value, at: component) ? value : uniform(component, own.highHalf)
      }
    }
  }

  /// A number of the vector, uniform over its space.
  private func uniform(_ component: Int, _ bits: SIMD2<UInt32>) -> Double {
    AddressedRandom.unit(bits[0], bits[1]) * space.bound(component)
  }

  /// Three members, different from each other and from `member`, by 64 random bits each.
  package static func others(than member: Int, of count: Int, _ bits: [SIMD2<UInt32>]) -> [Int] {
    var taken = [member]
    for (drawn, words) in bits.enumerated() {
      var other = AddressedRandom.below(count - 1 - drawn, words[0], words[1])
      for passed in taken.sorted() where other >= passed { other += 1 }
      taken.append(other)
    }
    return Array(taken.dropFirst())
  }
}
