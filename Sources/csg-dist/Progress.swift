import Core
import Training

/// Shows a run: on a terminal a bar that redraws itself, elsewhere plain lines: under mpirun, where someone
/// watches, one an epoch and one a minute of longer epochs, in a log also each record.
final class Progress {
  private var stepsPerEpoch = 1, epochs = 1
  private var began = ContinuousClock.now
  private var firstStep = 0
  private var lastShown: ContinuousClock.Instant?
  private var isBarShown = false
  private let batchSize: Int

  init(batchSize: Int) { self.batchSize = batchSize }

  func show(_ event: TrainingEvent) {
    switch event {
    case .begin(let step, let stepsPerEpoch, let epochs, let memory):
      (self.stepsPerEpoch, self.epochs, firstStep, began) = (stepsPerEpoch, epochs, step, .now)
      lastShown = began
      say(
        step == 0
          ? "training: \(NumberText.count(epochs, "epoch")) of \(NumberText.count(stepsPerEpoch, "step"))"
          : "resuming after step \(step) of \(epochs * stepsPerEpoch)")
      say("memory: \(memory.text)")
    case .step(let epoch, let stepInEpoch, let path, let total, let penalty, let density):
      show(step: stepInEpoch, of: epoch, path.rawValue, total, penalty, density)
    case .record(let record):
      guard Console.reader == .log else { break }
      say(
        "epoch \(record.epoch)  step \(record.step)  \(record.path.rawValue)  "
          + "\(loss(record.loss, record.densityPenalty, decimals: 4))\(density(record.density, 4))  "
          + "\(NumberText.fixed(record.imagesPerSecond, 0)) images/s")
    case .epoch(let record):
      let test = record.testAccuracy.map { "  test \(NumberText.percent($0))" } ?? ""
      // Whoever goes on with an epoch's evaluation has taken no step yet.
      let goesOn = firstStep < record.step && record.step < epochs * stepsPerEpoch
      let left = goesOn ? "  \(left(after: record.step))" : ""
      say(
        "epoch \(record.epoch) done  \(record.path.rawValue)  "
          + "train loss \(NumberText.fixed(record.trainLoss, 4)) \(NumberText.percent(record.trainAccuracy))"
          + "\(test)\(density(record.density, 4))  \(NumberText.fixed(record.seconds, 1)) s\(left)")
    case .end(let peakBytes): say("memory used: \(NumberText.mebibytes(peakBytes)) at most")
    case .saved(let path): say("saved \(path)")
    case .warning(let text): say("warning: \(text)")
    case .note(let text): say(text)
    }
  }

  private func say(_ text: String) {
    if isBarShown { Console.raw(Console.clearing) }
    isBarShown = false
    Console.line(text)
  }

  private func density(_ value: Double?, _ decimals: Int) -> String {
    value.map { "  density \(NumberText.fixed($0, decimals))" } ?? ""
  }

  /// A loss whose penalties on G, which may be much larger, stand apart.
  private func loss(_ total: Double, _ penalty: Double, decimals: Int) -> String {
    let rest = "loss \(NumberText.fixed(total - penalty, decimals))"
    return penalty == 0 ? rest : "\(rest) + penalty \(NumberText.fixed(penalty, decimals))"
  }

  /// Seconds a step so far, with all that came between them.
  private func secondsAStep(after step: Int) -> Double {
    (ContinuousClock.now - began) / .seconds(1) / Double(max(step - firstStep, 1))
  }

  private func left(after step: Int) -> String {
    let seconds = secondsAStep(after: step) * Double(epochs * stepsPerEpoch - step)
    return "\(NumberText.clock(Int(seconds))) left"
  }

  private func show(
    step stepInEpoch: Int, of epoch: Int, _ path: String, _ total: Double, _ penalty: Double,
    _ density: Double?
  ) {
    let pause: Duration
    switch Console.reader {
    case .log: return
    case .terminal: pause = stepInEpoch < stepsPerEpoch ? .milliseconds(100) : .zero
    case .terminalOfLauncher: pause = .seconds(60)
    }
    let now = ContinuousClock.now
    if let lastShown, now - lastShown < pause { return }
    lastShown = now
    let step = epoch * stepsPerEpoch + stepInEpoch
    let rate = Double(batchSize) / secondsAStep(after: step)
    let text = ProgressText(
      title: "epoch \(epoch) \(path)", done: stepInEpoch, all: stepsPerEpoch,
      facts: [
        (loss(total, penalty, decimals: 3), 3),
        density.map { ("density \(NumberText.fixed($0, 3))", 1) },
        ("\(NumberText.fixed(rate, 0)) images/s", 0), (left(after: step), 2),
      ].compactMap { $0 })
    guard Console.isTerminal else { return say(text.line(columns: .max)) }
    Console.draw(text.line(columns: Console.columns))
    isBarShown = true
  }
}
