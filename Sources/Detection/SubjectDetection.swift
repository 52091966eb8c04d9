import Attacks
import Communicator
import Core
import Inference
import Interpretability
import Kernels

/// The detection of attacks on one network, step by step: attacks and features of each split, forests,
/// and at last attacks on the pair of network and detector.
struct SubjectDetection {
  let subject: AttackSubject
  let run: CheckpointedRun
  let detection: Detection
  let isStopRequested: () -> Bool
  let tell: (AttackSeriesEvent) -> Void

  private var plan: DetectionPlan { detection.plan }
  private var folder: DetectionFolder { detection.folder }
  private var communicator: Communicator { detection.communicator }

  /// What the features of one method and split are of, by name.
  private typealias Runs = [AttackMethod: [Agreement]]

  /// Nil where a signal said stop.
  func metrics() throws -> DetectionMetrics.OfNetwork? {
    var layers: [ConvolutionPart] = []
    var runs: [DetectionDraw.Side: Runs] = [:]
    for side in DetectionDraw.Side.allCases {
      let passes = try passes(side)
      layers = ConvolutionPart.all(of: passes.network)
      guard let made = try makeFeatures(side, passes, layers) else { return nil }
      runs[side] = made
    }
    let passes = try passes(.test)
    let stage = ForestStage(
      subject: subject, plan: plan, folder: folder, layers: layers, data: detection.data,
      communicator: communicator, team: passes.network.team, tell: tell)
    var methods: [String: DetectionMetrics.OfMethod] = [:]
    var detectors: [(method: AttackMethod, detector: Detector)] = []
    var candidates: [Int] = []
    for attack in detection.attacks {
      let method = attack.method
      let runs = DetectionDraw.Side.allCases.flatMap { runs[$0]?[method] ?? [] }
      let tables = try stage.tables(method)
      guard let found = try stage.ofMethod(method, tables, runs: runs, isStopped: isStopped) else {
        return nil
      }
      methods[method.rawValue] = found
      guard detection.adaptive > 0 else { continue }
      detectors.append((method, try stage.firstDetector(method, tables)))
      candidates = stage.recognized(tables.adversarialTest)
    }
    var adaptive: [DetectionMetrics.Adaptive]?
    if detection.adaptive > 0 {
      let samples = Array(candidates.prefix(detection.adaptive))
      guard let found = try attackPairs(detectors, samples, passes) else { return nil }
      adaptive = found
    }
    return DetectionMetrics.OfNetwork(
      origin: try run.origin, features: layers.last?.filters.upperBound ?? 0,
      convolutions: layers.map(\.name), methods: methods, adaptive: adaptive)
  }

  private func passes(_ side: DetectionDraw.Side) throws -> SplitPasses {
    try run.passes(
      over: detection.data.part(side).dataset, reachesImage: true, communicator: communicator)
  }

  /// Whether any rank was told to stop. Collective.
  private func isStopped() throws -> Bool {
    try communicator.gather([UInt8(isStopRequested() ? 1 : 0)]).contains { $0[0] == 1 }
  }

  /// Attacks the split's samples by each method and keeps features; what is there is left as it is.
  private func makeFeatures(
    _ side: DetectionDraw.Side, _ passes: SplitPasses, _ layers: [ConvolutionPart]
  ) throws -> Runs? {
    let samples = detection.data.part(side).samples
    let stage = FeatureStage(passes: passes, layers: layers)
    var runs: Runs = [:]
    for attack in detection.attacks {
      let output = folder.attack(subject, attack.method, side)
      let attackRun = AttackRun(
        attack, aim: .random, selection: .given(samples, name: plan.name(side)), samples: samples,
        seed: plan.seed, run: run, passes: passes, level: detection.level, output: output)
      runs[attack.method] = attackRun.agreements
      let normal = folder.normal(subject, side)
      if try !RunRecord.isThere(attackRun.subject, at: normal, communicator) {
        say(
          "features of \(NumberText.count(samples.count, "sample")) of \(side.rawValue)/ as they are"
        )
        try stage.writeNormal(samples, to: normal, run: attackRun.subject)
      }
      let attacked = folder.attacked(subject, attack.method, side)
      let noise = folder.noise(subject, attack.method)
      let hasAttacked = try RunRecord.isThere(attackRun.agreements, at: attacked, communicator)
      let hasNoise =
        try side == .train || RunRecord.isThere(attackRun.agreements, at: noise, communicator)
      if hasAttacked && hasNoise { continue }
      if try !RunRecord.isThere(attackRun.agreements, at: output, communicator) {
        say(
          "\(attack.method.rawValue) on \(NumberText.count(samples.count, "sample")) of \(side.rawValue)/"
        )
        let outcome = try attackRun.run(isStopRequested: isStopRequested) { tell(.attack($0)) }
        if case .stopped = outcome { return nil }
      }
      if !hasAttacked {
        say("features of what \(attack.method.rawValue) made of them")
        try stage.writeAttacked(output, samples: samples, to: attacked, run: attackRun.agreements)
      }
      if !hasNoise {
        say("features of noise as large as \(attack.method.rawValue)")
        try stage.writeNoise(
          noise, of: attack, in: output, samples: samples, seed: plan.seed,
          run: attackRun.agreements)
      }
      if try isStopped() { return nil }
    }
    return runs
  }

  /// Nothing of it is kept: a command that goes on begins it anew.
  private func attackPairs(
    _ detectors: [(method: AttackMethod, detector: Detector)], _ samples: [Int],
    _ passes: SplitPasses
  ) throws -> [DetectionMetrics.Adaptive]? {
    if samples.count < detection.adaptive {
      say("the net is right on \(NumberText.count(samples.count, "sample")) of the test draw only")
    }
    let attack = AdaptiveAttack(
      passes: passes, detectors: detectors.map(\.detector), samples: samples, seed: plan.seed)
    var found: [DetectionMetrics.Adaptive] = []
    for method: any BlackBoxAttack in [SinglePixelAttack(), LocalSearchAttack()] {
      say(
        "\(method.method.rawValue) on \(NumberText.count(samples.count, "sample")), alone and with each detector"
      )
      guard let tallies = try attack.run(method, isStopRequested: isStopped) else { return nil }
      found += zip(detectors, tallies).compactMap {
        DetectionMetrics.Adaptive(method.method, $0.method, $1)
      }
    }
    return found
  }

  private func say(_ text: String) {
    if communicator.isRoot { tell(.began("\(subject.rawValue): \(text)")) }
  }
}
