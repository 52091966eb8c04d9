import Core
import Kernels
import TestSupport
import Testing

import Attacks

/// FGSM and PGD: where they may end, what they depend on, and that they can fail.
@Suite struct GradientSignTests {
  private func victims(_ count: Int, target: Int? = nil) -> [Victim] {
    PictureNetTests.pictures(count).enumerated().map { n, picture in
      // Black and white, and floats next to them, are in the box too.
      var picture = picture
      picture.replaceSubrange(0..<4, with: [0, 1, Float(1).nextDown, .leastNonzeroMagnitude])
      return Victim(sample: 100 + n, picture: picture, label: n % 4, target: target)
    }
  }

  /// As a reader checks it: in Float and in Double, exactly.
  @Test(arguments: [0.031, 8.0 / 255, 1e-9, 0.5, 1])
  func everyValueIsInItsBall(_ epsilon: Double) throws {
    let net = try PictureNetTests.net()
    let victims = victims(6)
    for attack in [
      GradientSign.fgsm(epsilon: epsilon), .pgd(epsilon: epsilon, stepSize: epsilon / 3),
    ] {
      #expect(Double(attack.epsilon) <= epsilon && Double(attack.epsilon.nextUp) > epsilon)
      for (victim, attacked) in zip(victims, attack.attack(victims, net: net, seed: 1)) {
        for (x, y) in zip(victim.picture, attacked.picture) {
          #expect(y >= 0 && y <= 1)
          #expect(abs(y - x) <= attack.epsilon && abs(Double(y) - Double(x)) <= epsilon)
        }
        // And at its edge, where the gradient drives it.
        let most = zip(victim.picture, attacked.picture).map { abs($0 - $1) }.max() ?? 0
        if epsilon > 1e-6 { #expect(most > attack.epsilon * 0.99) }
      }
    }
  }

  @Test func nothingChangesNothing() throws {
    let net = try PictureNetTests.net()
    let victims = victims(3)
    for attack in [GradientSign.fgsm(epsilon: 0), .pgd(epsilon: 0)] {
      let pictures = attack.attack(victims, net: net, seed: 1).map(\.picture)
      let areLeft = pictures == victims.map(\.picture)
      #expect(areLeft)
    }
  }

  /// Its own picture, number and seed: nothing beside it.
  @Test func aPictureIsOnItsOwn() throws {
    let victims = victims(7)
    let attack = GradientSign.pgd()
    let one = attack.attack(victims, net: try PictureNetTests.net(), seed: 9)
    let many = try PictureNetTests.net(capacity: 3, threads: 2)
    let backwards = attack.attack(victims.reversed(), net: many, seed: 9)
    #expect(backwards.reversed().map(\.picture) == one.map(\.picture))
    #expect(backwards.reversed().map(\.logits) == one.map(\.logits))
    #expect(attack.attack([victims[3]], net: many, seed: 9)[0].picture == one[3].picture)
    #expect(attack.attack([victims[3]], net: many, seed: 8)[0].picture != one[3].picture)
    #expect(one.allSatisfy { $0.queries == 8 && !$0.sawNoGradient })
  }

  /// Toward the target, or away from the label; success is what the net says.
  @Test func aimsAreFollowed() throws {
    let net = try PictureNetTests.net()
    func loss(_ attacked: Attacked, of label: Int) throws -> Double {
      let logits = net.logits([attacked.picture])[0]
      #expect(logits == attacked.logits)
      let sum = logits.reduce(0) { $0 + ElementaryFunctions.exp(Double($1)) }
      return ElementaryFunctions.log(sum) - Double(logits[label])
    }
    for target in [nil, 2] {
      let victims = victims(8, target: target)
      let still = GradientSign.fgsm(epsilon: 0).attack(victims, net: net, seed: 0)
      let moved = GradientSign.pgd(epsilon: 0.1).attack(victims, net: net, seed: 0)
      for (n, victim) in victims.enumerated() {
        let (before, after) = try (loss(still[n], of: victim.aim), loss(moved[n], of: victim.aim))
        #expect(target == nil ? after > before : after < before)
        let prediction = Prediction.of(moved[n].logits ?? [])
        #expect(moved[n].isSuccess == (target.map { $0 == prediction } ?? (prediction != n % 4)))
      }
    }
  }

  /// A net whose softmax is saturated shows no gradient: that is told, not taken for strength.
  @Test func blindnessIsTold() throws {
    let net = try PictureNetTests.net(scale: 1e8)
    let pictures = PictureNetTests.pictures(6)
    let labels = net.logits(pictures).map(Prediction.of)
    let victims = zip(pictures, labels).enumerated().map {
      Victim(sample: $0.offset, picture: $0.element.0, label: $0.element.1, target: nil)
    }
    let attacked = GradientSign.fgsm().attack(victims, net: net, seed: 0)
    #expect(attacked.allSatisfy { $0.sawNoGradient && !$0.isSuccess })
    let areLeft = attacked.map(\.picture) == pictures
    #expect(areLeft)
  }

  /// Starts are uniform in the ball; signs are even, and as far as they may be.
  @Test func noiseIsWhatItSays() throws {
    let gray = Victim(
      sample: 5, picture: [Float](repeating: 0.5, count: 30_000), label: 0, target: nil)
    let uniform = Noise.uniform(gray, epsilon: 0.1, seed: 2).map { (Double($0) - 0.5) / 0.1 }
    #expect(abs(uniform.reduce(0, +) / 30_000) < 0.02)
    #expect(abs(uniform.reduce(0) { $0 + $1 * $1 } / 30_000 - 1.0 / 3) < 0.02)
    #expect(Set(uniform).count > 29_000)
    let signs = Noise.signs(gray, epsilon: 0.1, seed: 2).map { $0 > 0.5 }
    #expect(abs(signs.count { $0 } - 15_000) < 400)
    #expect(abs(zip(signs, signs.dropFirst()).count { $0 == $1 } - 15_000) < 400)
  }
}
