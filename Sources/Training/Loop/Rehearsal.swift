import Communicator
import Core
import Datasets
import Foundation
import Inference
import Network

/// A run that is looked at before it begins: `--dry-run`.
extension Trainer {
  /// Checks what a new run looks at before its first step, takes a few of its steps without keeping them, and tells
  /// the plan in words: classes, steps, time, memory, and what there is of the rest. Nothing is written.
  ///
  /// Of a run that is to be resumed no step is taken: its state is not read.
  /// - Throws: `CSGError` 78 where the host is too small or weights do not fit, 1 where a step fails.
  package func rehearse(resumes: Bool) throws -> String {
    var time = "not estimated for a run that is resumed"
    if !resumes {
      try checkStart()
      time = estimate(try rehearsedSteps())
    }
    return """
      classes: \(classCounts)\(plan.classDraws.map { "\nbalance: \($0.summary)" } ?? "")
      steps: \(NumberText.count(plan.batches.stepsPerEpoch, "step")) an epoch, \(plan.steps) in all\
      \(gatedEpochs)
      time: \(time)
      memory: \(plan.memory.text)
      net: \(plan.summary(ranks: communicator.size).split(separator: "\n")[0])
      replicas: each batch of \(NumberText.count(plan.values.batchSize, "sample")) is cut into \
      \(NumberText.count(plan.values.replicas, "part")), shared by \
      \(NumberText.count(communicator.size, "rank"))
      run directory: \(keeper.directory.path)
      """
  }

  // MARK: Samples

  /// More classes than this are told by the smallest and the largest.
  private static let listedClasses = 20

  /// Training samples of each class.
  private var classCounts: String {
    let names = plan.data.train.manifest.classes
    let counts = plan.data.train.classCounts(first: plan.batches.samples)
    let test = plan.data.evaluation.map { "; \(NumberText.count($0.dataset.count, "test sample"))" }
    let all = "\(NumberText.count(plan.batches.samples, "training sample"))\(test ?? "")"
    guard names.count > Self.listedClasses else {
      let list = zip(names, counts).map { "\(FileName(Array($0.utf8)).shown) \($1)" }
      return "\(list.joined(separator: ", ")) (\(all))"
    }
    return "\(names.count), of \(counts.min() ?? 0) to \(counts.max() ?? 0) samples each (\(all))"
  }

  private var gatedEpochs: String {
    let epochs = plan.values.epochs
    let gated = (0..<epochs).count { plan.schedule.path(atEpoch: $0) == .gated }
    return " (\(NumberText.count(epochs, "epoch"))"
      + (gated > 0 ? ", of which \(gated) on the CSG path)" : ")")
  }

  // MARK: Time

  /// Steps are taken up to so many, or until so many seconds are over.
  private static let mostSteps = 12, enoughSeconds = 2.0

  /// Seconds of the first steps of the run on all ranks. The first of them, in which memory is touched for the first
  /// time and the first batch is read, is left out where there are others.
  private func rehearsedSteps() throws -> [Double] {
    let prefetcher = try plan.prefetcher(epoch: 0, step: 0)
    defer { prefetcher.stop() }
    var seconds: [Double] = []
    for step in 0..<min(Self.mostSteps, plan.batches.stepsPerEpoch) {
      communicator.enter(.step, step + 1)
      let began = ContinuousClock.now
      let batch = try plan.step.nextBatch(from: prefetcher)
      // One rank's clock stops all: how many steps are taken has to be the same everywhere.
      let result = try plan.step.run(
        batch, samples: plan.batches.count(step: batch.step),
        stopRequested: seconds.reduce(0, +) > Self.enoughSeconds)
      seconds.append((ContinuousClock.now - began) / .seconds(1))
      if result.isStopRequested { break }
    }
    return seconds.count > 1 ? Array(seconds.dropFirst()) : seconds
  }

  /// The time of a run whose steps take so long, and what that is taken from.
  private func estimate(_ seconds: [Double]) -> String {
    let step = seconds.sorted()[seconds.count / 2]
    let sample = step / Double(plan.batches.count(step: 0))
    let training = sample * Double(plan.batches.samples)
    let every = plan.values.evaluate.everyEpochs
    let test = plan.data.evaluation.map { sample * Double($0.dataset.count) / 3 } ?? 0
    let tests = every > 0 ? Double((plan.values.epochs + every - 1) / every) : 0
    let epoch = training + (every > 0 ? test / Double(every) : 0)
    let all = training * Double(plan.values.epochs) + test * tests
    return
      "about \(Self.time(epoch)) an epoch, \(NumberText.clock(Int(all))) in all (an estimate from "
      + "\(NumberText.count(seconds.count, "step")) of \(NumberText.milliseconds(step)) here and now"
      + (test > 0 && every > 0 ? ", a test sample taken for a third of a training one" : "")
      + "; saving is left out)"
  }

  private static func time(_ seconds: Double) -> String {
    seconds < 60 ? "\(NumberText.fixed(seconds, 1)) s" : NumberText.clock(Int(seconds))
  }
}
