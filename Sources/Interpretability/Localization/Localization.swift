import Communicator
import Core
import Datasets
import Inference
import Network

/// Where a network looks, and a baseline beside it: Table 2 and Figure 9.
package struct Localization {
  /// What was measured; nil of a split without masks.
  package let metrics: LocalizationMetrics?
  /// The network's localisation and the baseline's; nil without masks, or without a baseline.
  package let network: NetworkLocalization?, baseline: NetworkLocalization?
  /// Pictures with the maps of network and baseline (rank 0's).
  package let images: [LocalizedImage]
  /// Where network and baseline lie.
  package let paths: [String]
  /// Names of the split's classes, and of the network's.
  package let classes: [String], networkClasses: [String]
  /// Samples of the split.
  package let count: Int
  package let settings: LocalizationSettings

  /// The most pictures that are shown of a split without masks.
  private static let shown = 12

  /// Localises with each of the runs, the network's first, over all ranks; collective. `chosen` are the
  /// samples to show; nil: telling ones. `log` is told what happens.
  package init(
    _ runs: [(path: String, run: CheckpointedRun)], dataset: Dataset,
    settings: LocalizationSettings, chosen: [Int]?, seed: UInt64, communicator: Communicator,
    log: (String) -> Void
  ) throws {
    let manifest = dataset.manifest
    self.settings = settings
    paths = runs.map(\.path)
    classes = manifest.classes
    count = dataset.count
    let first = runs[0].run
    let networkClasses =
      first.checkpoint.classNames ?? (0..<first.checkpoint.classes).map { "class \($0)" }
    self.networkClasses = networkClasses
    let hasMasks = manifest.hasMasks
    if let chosen { try Self.require(chosen, of: dataset) }
    let classOf: [Int32?]
    do {
      let byRun = try runs.map { try $0.run.classes(of: dataset) }
      guard byRun.allSatisfy({ $0 == byRun[0] }) else {
        throw CSGError.configuration(
          "--baseline", "\(runs[1].path) has its classes in another order than \(runs[0].path)",
          remedy: "give a checkpoint that was trained on the same classes")
      }
      classOf = byRun[0]
    } catch let error as CSGError where !hasMasks && error.exitCode == .configuration {
      log("\(error.message): maps are of the class that a network predicts")
      classOf = manifest.classes.map { _ in nil }
    }

    var found: [NetworkLocalization] = []
    if hasMasks {
      for (path, run) in runs {
        log("localizing \(path): \(NumberText.count(dataset.count, "sample"))")
        found.append(
          try NetworkLocalization(
            run.passes(
              over: dataset, reachesImage: settings.methods.contains(.gradmap),
              matchesClasses: false, communicator: communicator),
            classOf: classOf.compactMap { $0 }, settings: settings))
      }
      guard !found[0].scored.isEmpty else {
        throw CSGError.data(
          dataset.folder, "no mask shows anything", remedy: "prepare it with masks of its objects")
      }
    } else {
      log("\(dataset.folder) has no masks: there are maps, and no scores")
    }
    network = found.first
    baseline = found.count > 1 ? found[1] : nil

    metrics = try network.map { network in
      var sanity: MapSanity?
      let passes = try first.passes(
        over: dataset, capacity: 1, reachesImage: settings.methods.contains(.gradmap),
        matchesClasses: false, communicator: communicator)
      try communicator.together {
        let step = max(1, network.scored.count / MapSanity.most)
        sanity = try MapSanity(
          passes,
          samples: stride(from: 0, to: network.scored.count, by: step).prefix(MapSanity.most).map {
            network.scored[$0]
          }, classOf: classOf.compactMap { $0 }, settings: settings, seed: seed)
      }
      guard let sanity else { preconditionFailure("together has returned") }
      return try Self.metrics(
        network, found.count > 1 ? found[1] : nil, sanity, runs.map(\.run), manifest,
        networkClasses, settings,
        seed,
        communicator)
    }
    let samples = Self.samples(chosen, found.first, dataset)
    var images: [LocalizedImage] = []
    let looks = try runs.map {
      try $0.run.passes(
        over: dataset, capacity: 1, matchesClasses: false, communicator: communicator)
    }
    try communicator.together {
      for passes in looks {
        if images.isEmpty { images = try LocalizedImage.read(samples, of: passes) }
        try LocalizedImage.add(passes, to: &images, classOf: classOf, settings: settings)
      }
    }
    self.images = images
  }

  private static func require(_ chosen: [Int], of dataset: Dataset) throws {
    for sample in chosen where !(0..<dataset.count).contains(sample) {
      throw CSGError.configuration(
        "--samples", "\(sample) is no sample of \(dataset.folder), which has \(dataset.count)",
        remedy: "numbers count from 0")
    }
  }

  private static func samples(
    _ chosen: [Int]?, _ found: NetworkLocalization?, _ dataset: Dataset
  ) -> [Int] {
    if let samples = chosen ?? found?.tellingSamples { return samples }
    let step = max(1, dataset.count / shown)
    return Array(stride(from: 0, to: dataset.count, by: step).prefix(shown))
  }

  private static func metrics(
    _ network: NetworkLocalization, _ baseline: NetworkLocalization?, _ sanity: MapSanity,
    _ runs: [CheckpointedRun], _ manifest: Manifest, _ networkClasses: [String],
    _ settings: LocalizationSettings,
    _ seed: UInt64,
    _ communicator: Communicator
  ) throws -> LocalizationMetrics {
    typealias Interval = LocalizationIntervals.Interval
    var ofNetwork: [LocalizationMethod: (Interval, Interval)] = [:]
    var ofBaseline = ofNetwork
    var comparison: [String: LocalizationMetrics.Comparison] = [:]
    for method in settings.methods {
      let intervals = try LocalizationIntervals(
        method, network: network, baseline: baseline, settings: settings, seed: seed,
        communicator: communicator)
      ofNetwork[method] = (intervals.overlap, intervals.precision)
      guard let baseline, let (overlap, precision) = intervals.baseline,
        let difference = intervals.difference
      else { continue }
      ofBaseline[method] = (overlap, precision)
      let (ours, theirs) = (
        network.scores(method, settings).total, baseline.scores(method, settings).total
      )
      func change(_ value: Double, _ difference: LocalizationIntervals.Difference)
        -> LocalizationMetrics.Change
      {
        .init(
          difference: value, interval: [difference.interval.low, difference.interval.high],
          p: difference.p)
      }
      comparison[method.rawValue] = .init(
        overlap: change(ours.overlap - theirs.overlap, difference.overlap),
        precision: change(ours.precision - theirs.precision, difference.precision))
    }
    return LocalizationMetrics(
      data: .init(
        split: manifest.split, source: manifest.source, fingerprint: manifest.fingerprint,
        classes: manifest.classes, networkClasses: networkClasses, count: network.count,
        scored: network.scored.count,
        classCounts: network.classCounts),
      settings: .init(
        sigma: settings.blur.sigma, blurRadius: settings.blur.radius, share: settings.share.share,
        strict: settings.isStrict, topFilters: settings.topFilters,
        draws: LocalizationIntervals.draws, seed: seed),
      network: .init(
        network, origin: try runs[0].origin, settings: settings, intervals: ofNetwork),
      baseline: try baseline.map {
        .init($0, origin: try runs[1].origin, settings: settings, intervals: ofBaseline)
      },
      comparison: baseline == nil ? nil : comparison, sanity: sanity)
  }
}
