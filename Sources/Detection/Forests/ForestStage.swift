import Attacks
import Communicator
import Core
import Forest
import Kernels

/// The forests of a network: of each method, size and repeat.
struct ForestStage {
  let subject: AttackSubject
  let plan: DetectionPlan
  let folder: DetectionFolder
  let layers: [ConvolutionPart]
  let data: DetectionData
  let communicator: Communicator
  let team: ThreadTeam
  let tell: (AttackSeriesEvent) -> Void

  private var width: Int { layers.last?.filters.upperBound ?? 0 }

  /// The features of a method's pictures.
  struct Tables {
    let train: FeaturePairs, test: FeaturePairs
    let adversarialTrain: PooledTable, adversarialTest: PooledTable
    let noiseTest: PooledTable
  }

  /// Reads them on rank 0, for all ranks. Collective.
  func tables(_ method: AttackMethod) throws -> Tables {
    func pairs(_ side: DetectionDraw.Side) throws -> (FeaturePairs, PooledTable) {
      let normal = try table(folder.normal(subject, side), isAttacked: false)
      let attacked = try table(folder.attacked(subject, method, side), isAttacked: true)
      var pairs: FeaturePairs?
      try communicator.together {
        pairs = try FeaturePairs(
          normal: normal, adversarial: attacked, successfulOnly: plan.countsSuccessfulOnly)
      }
      guard let pairs else { preconditionFailure("together has returned") }
      return (pairs, attacked)
    }
    let (train, adversarialTrain) = try pairs(.train)
    let (test, adversarialTest) = try pairs(.test)
    return Tables(
      train: train, test: test, adversarialTrain: adversarialTrain,
      adversarialTest: adversarialTest,
      noiseTest: try table(folder.noise(subject, method), isAttacked: true))
  }

  private func table(_ path: String, isAttacked: Bool) throws -> PooledTable {
    var read: PooledTable?
    try communicator.onRoot {
      read = try FeatureFile.read(path, width: width, isAttacked: isAttacked)
    }
    func shared<Value: BitwiseCopyable>(_ values: [Value]?) throws -> [Value] {
      try communicator.gather(values ?? [])[0]
    }
    return PooledTable(
      width: width, samples: try shared(read?.samples), values: try shared(read?.values),
      wasCorrect: try shared(read?.wasCorrect), wasAttacked: try shared(read?.wasAttacked),
      isSuccess: try shared(read?.isSuccess))
  }

  /// Grows and tests the forests of a method that are not there yet; nil where it is told to stop.
  /// Collective. `runs` are what its features depend on.
  func ofMethod(
    _ method: AttackMethod, _ tables: Tables, runs: [Agreement], isStopped: () throws -> Bool
  ) throws -> DetectionMetrics.OfMethod? {
    var sizes: [DetectionMetrics.OfSize] = []
    var importances = [Double](repeating: 0, count: layers.count)
    for size in plan.sizes {
      var repeats: [DetectionMetrics.OfRepeat] = []
      for repetition in 0..<plan.repeats {
        if try isStopped() { return nil }
        let record = try record(method, tables, size: size, repetition: repetition, runs: runs)
        repeats.append(
          .init(trainingPairs: record.trainingPairs, errors: record.errors, noise: record.noise))
        if size == plan.sizes.last {
          for (i, share) in record.importances.enumerated() { importances[i] += share }
        }
      }
      sizes.append(.init(perClass: size, repeats))
      say("\(method.rawValue), \(size) of each class", sizes[sizes.count - 1])
    }
    return DetectionMetrics.OfMethod(
      train: .init(tables.adversarialTrain), test: .init(tables.adversarialTest), sizes: sizes,
      importances: importances.map { $0 / Double(plan.repeats) })
  }

  /// The forest of the largest size and repeat 0. Collective.
  func firstDetector(_ method: AttackMethod, _ tables: Tables) throws -> Detector {
    try detector(tables, size: plan.largest(.train), repetition: 0)
  }

  /// The samples of repeat 0's test draw, class by class in turn, that the net is right on.
  func recognized(_ attacked: PooledTable) -> [Int] {
    let right = Set(
      zip(attacked.samples, attacked.wasCorrect).filter { $1 == 1 }.map { Int($0.0) })
    return data.test.draws[0].inTurn(perClass: plan.testPerClass).filter(right.contains)
  }

  private func detector(_ tables: Tables, size: Int, repetition: Int) throws -> Detector {
    let samples = try training(tables, size: size, repetition: repetition)
    return try Detector(
      tables.train, samples: samples, trees: plan.trees,
      seed: DetectionDraw.forestSeed(seed: plan.seed, repetition: repetition),
      ranks: communicator, forEach: team.forEach)
  }

  private func training(_ tables: Tables, size: Int, repetition: Int) throws -> [Int] {
    let samples = tables.train.counting(
      data.train.draws[repetition].samples(perClass: size))
    guard !samples.isEmpty else { throw nothingToDetect("train") }
    return samples
  }

  private func nothingToDetect(_ split: String) -> CSGError {
    CSGError.configuration(
      plan.countsSuccessfulOnly ? "--successful" : "--per-class",
      "no attacked sample of \(split)/ counts as adversarial: \(subject.rawValue) is "
        + (plan.countsSuccessfulOnly ? "fooled by none" : "attacked by none"),
      remedy: "draw more samples, or try a stronger attack")
  }

  private func record(
    _ method: AttackMethod, _ tables: Tables, size: Int, repetition: Int, runs: [Agreement]
  ) throws -> ForestRecord {
    let seed = DetectionDraw.forestSeed(seed: plan.seed, repetition: repetition)
    let run = ForestRecord.digest(
      runs + [
        Agreement("size", "\(size)"), Agreement("test", "\(plan.testPerClass)"),
        Agreement("repeat", "\(repetition)"), Agreement("trees", "\(plan.trees)"),
        Agreement("seed", "\(seed)"), Agreement("successful", "\(plan.countsSuccessfulOnly)"),
      ])
    let path = folder.forest(subject, method, size: size, repetition: repetition)
    var found: ForestRecord?
    try communicator.onRoot {
      found = try ForestRecord.read(path, run: run, layers: layers.count)
    }
    if let record = try shared(found) { return record }
    communicator.enter(.forestRepeat, repetition)
    let training = try training(tables, size: size, repetition: repetition)
    let testing = tables.test.counting(
      data.test.draws[repetition].samples(perClass: plan.testPerClass))
    guard !testing.isEmpty else { throw nothingToDetect("test") }
    let detector = try detector(tables, size: size, repetition: repetition)
    let importances = detector.forest.importances
    let record = ForestRecord(
      run: run, trainingPairs: training.count,
      errors: try detector.errors(tables.test, samples: testing),
      noise: try detector.alarms(at: tables.noiseTest, samples: testing),
      importances: layers.map { importances[$0.filters].reduce(0, +) })
    try communicator.onRoot { try record.write(to: path) }
    return record
  }

  /// Rank 0's record on every rank.
  private func shared(_ record: ForestRecord?) throws -> ForestRecord? {
    let bytes = try communicator.broadcast(record.map { try $0.json() } ?? [])
    return try bytes.isEmpty ? nil : ForestRecord(json: bytes)
  }

  private func say(_ what: String, _ found: DetectionMetrics.OfSize) {
    guard communicator.isRoot else { return }
    let deviation = found.error.standardDeviation.map { " ± \(NumberText.percent($0))" } ?? ""
    let error = NumberText.percent(found.error.mean) + deviation
    tell(.began("\(subject.rawValue): \(what): error \(error)"))
  }
}
