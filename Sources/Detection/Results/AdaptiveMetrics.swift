import Attacks
import Core

extension DetectionMetrics {
  /// An attack on the network alone, and on it with the detector of a method as one.
  package struct Adaptive: Encodable, Sendable {
    package let attack: AttackMethod, detector: AttackMethod
    /// A share of pictures.
    package let network: WilsonInterval, pair: WilsonInterval
    /// Of what fools the network alone; null where nothing does.
    package let caught: WilsonInterval?
    package let falseAlarms: WilsonInterval
    /// Pictures: attacked, that fool the network alone, of these those that raise an alarm, that fool the
    /// pair, and that raise an alarm as they are.
    package let samples: Int, networkSuccesses: Int, caughtSuccesses: Int, pairSuccesses: Int
    package let falselyAlarmed: Int

    /// Of an attack's counts; nil where it had no sample.
    package init?(_ attack: AttackMethod, _ detector: AttackMethod, _ tally: AdaptiveTally) {
      guard let network = WilsonInterval(tally.fooled, of: tally.samples),
        let pair = WilsonInterval(tally.passed, of: tally.samples),
        let falseAlarms = WilsonInterval(tally.falseAlarms, of: tally.samples)
      else { return nil }
      self.attack = attack
      self.detector = detector
      self.network = network
      self.pair = pair
      self.falseAlarms = falseAlarms
      caught = WilsonInterval(tally.caught, of: tally.fooled)
      samples = tally.samples
      networkSuccesses = tally.fooled
      caughtSuccesses = tally.caught
      pairSuccesses = tally.passed
      falselyAlarmed = tally.falseAlarms
    }

    enum CodingKeys: String, CodingKey {
      case attack, detector, samples, network, pair, caught
      case falseAlarms = "false_alarms"
      case networkSuccesses = "network_successes"
      case caughtSuccesses = "caught_successes"
      case pairSuccesses = "pair_successes"
      case falselyAlarmed = "falsely_alarmed"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(attack, forKey: .attack)
      try container.encode(detector, forKey: .detector)
      try container.encode(samples, forKey: .samples)
      try container.encode(network, forKey: .network)
      try container.encode(pair, forKey: .pair)
      try container.encode(caught, forKey: .caught)
      try container.encode(falseAlarms, forKey: .falseAlarms)
      try container.encode(networkSuccesses, forKey: .networkSuccesses)
      try container.encode(caughtSuccesses, forKey: .caughtSuccesses)
      try container.encode(pairSuccesses, forKey: .pairSuccesses)
      try container.encode(falselyAlarmed, forKey: .falselyAlarmed)
    }
  }
}
