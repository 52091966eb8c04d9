import Core
import Datasets
import Inference

/// Attacks a few samples, and looks at what came of it.
struct AttackedBlock {
  let passes: SplitPasses, net: PictureNet
  let attack: any Attack
  let aim: AttackAim
  let seed: UInt64

  /// What became of samples, in order.
  ///
  /// An attack without target leaves alone what the net is wrong on already; one with a target, what it
  /// takes for the target already. Such a picture stays as it is.
  /// - Throws: `CSGError` 65 where a picture cannot be read, 1 where the net's logits are no numbers.
  func attacked(_ samples: [Int]) throws -> [AttackedSample] {
    var all = try samples.map { try untouched($0) }
    let before = net.logits(all.map { AttackedSample.values($0.original) })
    var victims: [(place: Int, victim: Victim)] = []
    for (n, logits) in before.enumerated() {
      let (sample, label) = (samples[n], Int(all[n].label))
      guard logits.allSatisfy(\.isFinite) else {
        throw CSGError(
          .failure, "sample \(sample): the net's logits are no finite numbers",
          remedy: "attack another checkpoint")
      }
      let target = aim.target(sample: sample, label: label, logits: logits, seed: seed)
      all[n].logits = logits
      all[n].target = Int32(target ?? -1)
      all[n].wasCorrect = Prediction.of(logits) == label
      let victim = Victim(
        sample: sample, picture: all[n].picture, label: label, target: target)
      if !victim.isFooled(logits) { victims.append((n, victim)) }
    }
    let found = attack.attack(victims.map(\.victim), net: net, seed: seed)
    precondition(found.count == victims.count, "one end for each picture")
    for ((n, victim), attacked) in zip(victims, found) {
      all[n].note(attacked, of: victim, channels: net.channels, radius: attack.radius)
    }
    askAgain(&all, victims, found)
    return all
  }

  private func untouched(_ sample: Int) throws -> AttackedSample {
    AttackedSample(
      sample: sample, label: passes.dataset.label(sample), original: try passes.planes(sample))
  }

  /// The net's logits of what the attack made: where it did not tell them, of all pictures rounded to
  /// bytes, and of noise. What fooled the net is judged by these.
  private func askAgain(
    _ all: inout [AttackedSample], _ victims: [(place: Int, victim: Victim)], _ found: [Attacked]
  ) {
    let unknown = victims.map(\.place).filter { all[$0].logitsAfter.isEmpty }
    for (n, logits) in zip(unknown, net.logits(unknown.map { all[$0].picture })) {
      all[n].logitsAfter = logits
    }
    let places = victims.map(\.place)
    let rounded = places.map { AttackedSample.values(AttackedSample.rounded(all[$0].picture)) }
    for (n, logits) in zip(places, net.logits(rounded)) { all[n].logitsRounded = logits }
    var noise: [(place: Int, victim: Victim, picture: [Float])] = []
    for ((n, victim), attacked) in zip(victims, found) {
      all[n].isSuccess = victim.isFooled(all[n].logitsAfter)
      all[n].isRoundedSuccess = victim.isFooled(all[n].logitsRounded)
      if let size = attack.noiseSize(attacked, of: victim) {
        noise.append((n, victim, Noise.signs(victim, epsilon: size, seed: seed)))
      }
    }
    for ((n, victim, _), logits) in zip(noise, net.logits(noise.map(\.picture))) {
      (all[n].hasNoise, all[n].isNoiseSuccess) = (true, victim.isFooled(logits))
    }
    for n in all.indices where !all[n].wasAttacked {
      (all[n].logitsAfter, all[n].logitsRounded) = (all[n].logits, all[n].logits)
    }
  }
}
