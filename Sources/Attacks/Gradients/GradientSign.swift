import Core

/// Steps along the sign of the gradient of the cross-entropy, back into the ball after each: FGSM and PGD.
///
/// FGSM (Goodfellow, Shlens, Szegedy 2015, https://arxiv.org/abs/1412.6572) takes one step of ε from
/// the picture itself. PGD (Madry et al. 2018, https://arxiv.org/abs/1706.06083) takes several smaller
/// ones, from a uniform random place of the ball. A targeted step goes down the cross-entropy with the
/// target, any other up that with the label. The sign of a zero gradient is 0: such a value stays.
package struct GradientSign: Attack {
  package let method: AttackMethod
  /// Radius of the ball by the largest difference, of values in [0, 1].
  package let epsilon: Float
  /// Steps, and how far each goes.
  package let steps: Int, stepSize: Float
  /// Whether it starts at a random place of the ball; else at the picture.
  package let startsAtRandom: Bool

  /// One step of ε.
  package static func fgsm(epsilon: Double = 0.031) -> GradientSign {
    let radius = Ball.radius(epsilon)
    return GradientSign(
      method: .fgsm, epsilon: radius, steps: 1, stepSize: radius, startsAtRandom: false)
  }

  /// Several steps from a random start.
  package static func pgd(
    epsilon: Double = 0.031, steps: Int = 7, stepSize: Double = 0.01, startsAtRandom: Bool = true
  ) -> GradientSign {
    GradientSign(
      method: .pgd, epsilon: Ball.radius(epsilon), steps: steps, stepSize: Float(stepSize),
      startsAtRandom: startsAtRandom)
  }

  package var settings: [AttackSetting] {
    let ball = AttackSetting("epsilon", Double(epsilon))
    guard method == .pgd else { return [ball] }
    return [
      ball, AttackSetting("steps", Double(steps)), AttackSetting("step_size", Double(stepSize)),
      AttackSetting("random_start", startsAtRandom ? 1 : 0),
    ]
  }

  package let blockSize = 64
  package var radius: Float? { epsilon }
  package func noiseSize(_ attacked: Attacked, of victim: Victim) -> Float? { epsilon }

  package func attack(_ victims: [Victim], net: PictureNet, seed: UInt64) -> [Attacked] {
    let starts = victims.map {
      startsAtRandom
        ? Noise.uniform($0, epsilon: epsilon, seed: seed) : $0.picture
    }
    return attack(victims, from: starts, net: net)
  }

  /// The attack from given places, each in its picture's ball.
  package func attack(_ victims: [Victim], from starts: [[Float]], net: PictureNet) -> [Attacked] {
    var trails = zip(victims, starts).map {
      Trail(ball: Ball(around: $0.picture, epsilon: epsilon), picture: $1)
    }
    for _ in 0..<steps {
      let slopes = net.crossEntropySlopes(
        trails.map(\.picture), labels: victims.map(\.aim))
      for (n, slope) in slopes.enumerated() {
        let victim = victims[n]
        trails[n].step(
          along: slope.gradient, by: victim.target == nil ? stepSize : -stepSize,
          isFooled: victim.isFooled(slope.logits))
      }
    }
    let logits = net.logits(trails.map(\.picture))
    return victims.indices.map { n in
      Attacked(
        picture: trails[n].picture, isSuccess: victims[n].isFooled(logits[n]), queries: steps + 1,
        logits: logits[n], sawNoGradient: trails[n].sawNoGradient)
    }
  }

  /// How far one picture has come.
  private struct Trail {
    let ball: Ball
    var picture: [Float]
    var sawNoGradient = false

    mutating func step(along gradient: [Float], by size: Float, isFooled: Bool) {
      var isZero = true
      for i in picture.indices {
        let slope = gradient[i]
        if slope == 0 { continue }
        isZero = false
        picture[i] = ball.nearest(picture[i] + (slope > 0 ? size : -size), i)
      }
      if isZero && !isFooled { sawNoGradient = true }
    }
  }
}
