import Core

/// What another number of epochs changes in a run that is under way.
///
/// Milestones and cosines count in shares of all epochs, so that more epochs would have given past steps
/// other rates: the run goes on, but its result is not that of one that had them from its start
/// (open_clip#413).
package struct RateChange {
  /// Epochs before and now, and the step after which they changed.
  let before: Int, now: Int, step: Int
  /// Rates of θ and of G in the next step, as they were to be and as they are; G's are nil where that
  /// step does not move it.
  let rates: (before: Double, now: Double), gateRates: (before: Double, now: Double)?

  /// The change of a run that has taken `stepInEpoch` steps of `epoch`; nil where all past steps had the
  /// rates that they would have now.
  package init?(
    from old: Schedule, _ before: Int, to new: Schedule, _ now: Int, step: Int, epoch: Int,
    stepInEpoch: Int
  ) {
    let past = stepInEpoch == 0 ? epoch : epoch + 1
    guard before != now,
      (0..<past).contains(where: { old.decay(atEpoch: $0) != new.decay(atEpoch: $0) })
    else { return nil }
    (self.before, self.now, self.step) = (before, now, step)
    rates = (
      old.rate(epoch: epoch, step: stepInEpoch), new.rate(epoch: epoch, step: stepInEpoch)
    )
    gateRates =
      new.movesGate(epoch: epoch)
      ? (old.gateRate(epoch: epoch), new.gateRate(epoch: epoch)) : nil
  }

  private var ratesText: String {
    func text(_ rates: (before: Double, now: Double)) -> String {
      "\(Float(rates.now)) (was to be \(Float(rates.before)))"
    }
    return "the rate of θ is \(text(rates))" + (gateRates.map { ", G's is \(text($0))" } ?? "")
  }

  /// For who resumes the run.
  package var warning: String {
    "epochs is \(now), was \(before): past steps would have had other rates, so that the result is not "
      + "that of a run of \(now) epochs; from step \(step + 1) on \(ratesText)"
  }

  /// For checkpoints and the report.
  package var record: String {
    "epochs \(before) up to step \(step), then \(now): there \(ratesText)"
  }
}
