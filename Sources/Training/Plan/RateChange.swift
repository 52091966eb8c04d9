import Core
import Network

/// What another number of epochs changes in a run that is under way.
///
/// Milestones and cosines count in shares of all epochs, so that more epochs would have given past steps
/// other rates: the run goes on, but its result is not that of one that had them from its start
/// (open_clip#413).
package struct RateChange {
  /// A rate before, and now.
  typealias Rates = (before: Double, now: Double)
  /// Epochs before and now, and the step after which they changed.
  let before: Int, now: Int, step: Int
  /// Whether the rates before are those that the next step was to have; else those of the last epoch of
  /// its path, where there was one.
  private let wasToCome: Bool
  /// Rates of θ and of G in the next step; G's are nil where that step does not move it.
  let rates: Rates, gateRates: Rates?

  /// The change of a run that has taken `stepInEpoch` steps of `epoch`; nil where no step is left, or all
  /// past ones had the rates that they would have now.
  package init?(
    from old: Schedule, _ before: Int, to new: Schedule, _ now: Int, step: Int, epoch: Int,
    stepInEpoch: Int
  ) {
    let past = stepInEpoch == 0 ? epoch : epoch + 1
    guard before != now, epoch < now, past <= before,
      (0..<past).contains(where: { old.decay(atEpoch: $0) != new.decay(atEpoch: $0) })
    else { return nil }
    (self.before, self.now, self.step) = (before, now, step)
    wasToCome = epoch < before
    let path = new.path(atEpoch: epoch)
    let other = wasToCome ? epoch : (0..<before).last { old.path(atEpoch: $0) == path } ?? 0
    let otherStep = wasToCome ? stepInEpoch : new.stepsPerEpoch - 1
    func both(_ rate: (Schedule, Int, Int) -> Double) -> Rates {
      (rate(old, other, otherStep), rate(new, epoch, stepInEpoch))
    }
    rates = both { $0.rate(epoch: $1, step: $2) }
    gateRates = new.movesGate(epoch: epoch) ? both { $0.gateRate(epoch: $1, step: $2) } : nil
  }

  private var ratesText: String {
    func text(_ rates: Rates) -> String {
      "\(Float(rates.now)) (\(wasToCome ? "was to be" : "was at last") \(Float(rates.before)))"
    }
    return "the rate of θ is \(text(rates))" + (gateRates.map { ", G's is \(text($0))" } ?? "")
  }

  /// For who resumes the run.
  package var warning: String {
    "epochs is \(now), was \(before): past steps would have had other rates, so that the result is "
      + "not that of a run of \(NumberText.count(now, "epoch")); from step \(step + 1) on \(ratesText)"
  }

  /// For checkpoints and the report.
  package var record: String {
    "epochs \(before) up to step \(step), then \(now): there \(ratesText)"
  }
}
