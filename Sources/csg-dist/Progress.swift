import Core
import Training

/// Shows a run: a bar that redraws itself on a terminal, plain lines elsewhere.
final class Progress {
  private var stepsPerEpoch = 1, epochs = 1
  private var began = ContinuousClock.now
  private var firstStep = 0
  private var lastDrawn: ContinuousClock.Instant?
  private var isBarShown = false
  private let batchSize: Int

  init(batchSize: Int) { self.batchSize = batchSize }

  func show(_ event: TrainingEvent) {
    switch event {
    case .begin(let step, let stepsPerEpoch, let epochs, let memory):
      (self.stepsPerEpoch, self.epochs, firstStep, began) = (stepsPerEpoch, epochs, step, .now)
      say(
        step == 0
          ? "training: \(epochs) epochs of \(stepsPerEpoch) steps"
          : "resuming after step \(step) of \(epochs * stepsPerEpoch)")
      say("memory: \(memory.text)")
    case .step(let epoch, let stepInEpoch, let path, let loss, let density):
      if Console.isTerminal {
        bar(epoch, stepInEpoch, path.rawValue, loss, density)
      }
    case .record(let record):
      guard !Console.isTerminal else { break }
      let density = record.density.map { "  density \(NumberText.fixed($0, 4))" } ?? ""
      say(
        "epoch \(record.epoch)  step \(record.step)  \(record.path.rawValue)  "
          + "loss \(NumberText.fixed(record.loss, 4))\(density)  "
          + "\(NumberText.fixed(record.imagesPerSecond, 0)) images/s")
    case .epoch(let record):
      let test = record.testAccuracy.map { "  test \(NumberText.percent($0))" } ?? ""
      let density = record.density.map { "  density \(NumberText.fixed($0, 4))" } ?? ""
      say(
        "epoch \(record.epoch) done  \(record.path.rawValue)  "
          + "train loss \(NumberText.fixed(record.trainLoss, 4)) \(NumberText.percent(record.trainAccuracy))"
          + "\(test)\(density)  \(NumberText.fixed(record.seconds, 1)) s")
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

  private func bar(
    _ epoch: Int, _ stepInEpoch: Int, _ path: String, _ loss: Double, _ density: Double?
  ) {
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(100), stepInEpoch < stepsPerEpoch { return }
    lastDrawn = now
    let step = epoch * stepsPerEpoch + stepInEpoch
    let seconds = (now - began) / .seconds(1)
    let perStep = seconds / Double(max(step - firstStep, 1))
    let left = Int(perStep * Double(epochs * stepsPerEpoch - step))
    let width = 20
    let filled = width * stepInEpoch / stepsPerEpoch
    let cells =
      String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let gate = density.map { "  density \(NumberText.fixed($0, 3))" } ?? ""
    Console.raw(
      "\r\u{1B}[Kepoch \(epoch) \(path) \(cells) \(stepInEpoch)/\(stepsPerEpoch)  "
        + "loss \(NumberText.fixed(loss, 3))\(gate)  "
        + "\(NumberText.fixed(Double(batchSize) / perStep, 0)) images/s  ETA \(NumberText.clock(left))"
    )
    isBarShown = true
  }
}
