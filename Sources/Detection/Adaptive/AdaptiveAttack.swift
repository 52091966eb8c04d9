import Attacks
import Communicator
import Core
import Inference

/// Attacks on a net alone, and on each pair of net and detector.
///
/// Samples are shared out one by one, sample i to rank i mod P; what becomes of one depends on nothing
/// but itself.
struct AdaptiveAttack {
  let passes: SplitPasses
  /// By method.
  let detectors: [Detector]
  /// Test samples that the net is right on.
  let samples: [Int]
  let seed: UInt64

  /// What became of one sample. A detector's entry is 0 or 1.
  private struct Row {
    /// Whether the attack fools the net alone; whether each detector then raises an alarm; whether it
    /// fools each pair; whether each detector raises an alarm at the picture as it is.
    var isFooled: UInt8 = 0
    var alarms: [UInt8] = [], passed: [UInt8] = [], falseAlarms: [UInt8] = []

    var bytes: [UInt8] { [isFooled] + alarms + passed + falseAlarms }
  }

  /// Counts for each detector, over all ranks. Collective. `isStopRequested` is asked before each round
  /// of samples; nil: it said stop.
  func run(_ attack: any BlackBoxAttack, isStopRequested: () throws -> Bool) throws
    -> [AdaptiveTally]?
  {
    let communicator = passes.communicator
    var attack = attack
    attack.seed = seed
    let net = PictureNet(network: passes.network, normalizer: passes.normalizer)
    let width = 1 + 3 * detectors.count
    var tallies = detectors.map { _ in AdaptiveTally() }
    for first in stride(from: 0, to: samples.count, by: communicator.size) {
      if try isStopRequested() { return nil }
      let place = first + communicator.rank
      var mine: [UInt8] = []
      communicator.enter(.adaptiveSample, place)
      try communicator.together {
        if place < samples.count { mine = try row(samples[place], attack, net).bytes }
      }
      for bytes in try communicator.gather(mine) where bytes.count == width {
        let count = detectors.count
        for d in 0..<count {
          tallies[d].add(
            fooled: bytes[0], caught: bytes[1 + d], passed: bytes[1 + count + d],
            falseAlarm: bytes[1 + 2 * count + d])
        }
      }
    }
    return tallies
  }

  private func row(_ sample: Int, _ attack: any BlackBoxAttack, _ net: PictureNet) throws -> Row {
    let picture = AttackedSample.values(try passes.planes(sample))
    let label = Int(passes.dataset.label(sample))
    var row = Row()
    let victim = Victim(sample: sample, picture: picture, label: label, target: nil)
    let alone = attack.attack(victim, net: net)
    row.isFooled = alone.isSuccess ? 1 : 0
    let answers = net.answers([picture, alone.picture])
    for detector in detectors {
      let alarms = detector.suspicion(of: answers).map(Detector.isAlarm)
      row.falseAlarms.append(alarms[0] ? 1 : 0)
      row.alarms.append(alone.isSuccess && alarms[1] ? 1 : 0)
      let guarded = GuardedNet(net: net, detector: detector, label: label)
      let pair = attack.attack(victim, net: guarded)
      row.passed.append(pair.isSuccess ? 1 : 0)
    }
    return row
  }
}
