import Attacks
import Core

/// Shows an attack: a line that redraws itself on a terminal, one for each tenth of the samples elsewhere.
final class AttackProgress {
  private let began = ContinuousClock.now
  private var first = 0, told = 0

  func show(_ event: AttackRun.Event) {
    switch event {
    case .began(let done, let count):
      (first, told) = (done, done)
      Console.line(
        done == 0
          ? "attacking \(NumberText.count(count, "sample"))"
          : "going on after \(done) of \(NumberText.count(count, "sample"))")
    case .progress(let done, let count, let attacked, let successes):
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      let rate = Double(done - first) / max(seconds, 1e-9)
      let text =
        "attacked \(attacked) of \(NumberText.count(done, "sample"))  fooled by \(successes)  "
        + "\(NumberText.fixed(rate, 1)) samples/s"
      if Console.isTerminal {
        let left = NumberText.clock(Int(Double(count - done) / max(rate, 1e-9)))
        Console.draw(done < count ? "\(text)  \(left) left" : "")
      } else if done == count || done - told >= max(1, count / 10) {
        told = done
        Console.line(text)
      }
    }
  }
}

/// Shows a series of attacks: a line for each thing that begins, and how each goes on.
final class AttackSeriesProgress {
  private var attack = AttackProgress()

  func show(_ event: AttackSeriesEvent) {
    switch event {
    case .began(let text):
      Console.line(text)
      attack = AttackProgress()
    case .attack(let event): attack.show(event)
    }
  }
}
