import Core

/// Noise by address: of a sample, and a value's place in its picture.
package enum Noise {
  /// Where the words of random signs begin, beyond any picture's values.
  private static let signs = 1 << 40

  private static func random(_ victim: Victim, seed: UInt64) -> AddressedRandom {
    AddressedRandom(seed: seed, purpose: .attack, stream: victim.sample)
  }

  /// A picture of the ball, each value uniform: x + ε (2u − 1), clipped. Two values a block of words.
  package static func uniform(_ victim: Victim, epsilon: Float, seed: UInt64) -> [Float] {
    let random = random(victim, seed: seed)
    let ball = Ball(around: victim.picture, epsilon: epsilon)
    var picture = victim.picture
    for first in stride(from: 0, to: picture.count, by: 2) {
      let words = random.words(first / 2)
      for i in first..<min(first + 2, picture.count) {
        let unit =
          i == first
          ? AddressedRandom.unit(words[0], words[1]) : AddressedRandom.unit(words[2], words[3])
        picture[i] = ball.nearest(
          Float(Double(picture[i]) + Double(epsilon) * (2 * unit - 1)), i)
      }
    }
    return picture
  }

  /// The picture plus or minus ε at every value, by chance, clipped: what the size of an attack comes to
  /// without its direction. 128 signs a block of words.
  package static func signs(_ victim: Victim, epsilon: Float, seed: UInt64) -> [Float] {
    let random = random(victim, seed: seed)
    let ball = Ball(around: victim.picture, epsilon: epsilon)
    var picture = victim.picture
    for first in stride(from: 0, to: picture.count, by: 128) {
      let words = random.words(signs + first / 128)
      for i in first..<min(first + 128, picture.count) {
        let bit = words[(i - first) / 32] >> UInt32((i - first) % 32) & 1
        picture[i] = ball.nearest(picture[i] + (bit == 1 ? epsilon : -epsilon), i)
      }
    }
    return picture
  }
}
