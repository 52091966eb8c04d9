import Core
import Inference

/// How long networks were trained on each path, in words.
package enum PathsText {
  /// `STD path 22 steps (2 epochs), CSG path 11 steps (1 epoch)`; an epoch that is under way is counted by
  /// its steps alone.
  package static func list(_ paths: PathsTaken) -> String {
    let parts = [
      ("STD path", paths.standard), ("CSG path", paths.gated), ("both paths", paths.joint),
    ]
    let taken = parts.filter { $0.1.steps > 0 }.map { name, part in
      "\(name) \(NumberText.count(part.steps, "step")) (\(NumberText.count(part.epochs, "whole epoch")))"
    }
    return taken.isEmpty ? "no step" : taken.joined(separator: ", ")
  }

  /// How each network was trained (nil: that is not known), and of two whether alike.
  package static func sentences(_ networks: [(name: String, paths: PathsTaken?)]) -> String {
    let told = networks.map { name, paths in
      "of the \(name): "
        + (paths.map { "\(list($0)), \(NumberText.count($0.steps, "step")) in all" } ?? "unknown")
    }
    let all = "Training \(told.joined(separator: "; "))."
    guard networks.count == 2, let network = networks[0].paths, let baseline = networks[1].paths
    else { return all }
    return "\(all) \(fairness(network, baseline))"
  }

  private static func fairness(_ network: PathsTaken, _ baseline: PathsTaken) -> String {
    let more = baseline.ofPredictions - network.ofPredictions
    let all = baseline.steps - network.steps
    let who = more == 0 ? "the baseline" : "it"
    let total =
      all == 0
      ? "in all both took as many"
      : "in all \(who) took \(NumberText.count(abs(all), "step")) \(all > 0 ? "more" : "fewer")"
    guard more != 0 else {
      return all == 0
        ? "Both took as many steps on the STD path, which is measured."
        : "Both took as many steps on the STD path, which is measured; \(total)."
    }
    return
      "On the STD path, which is measured, the baseline took \(NumberText.count(abs(more), "step")) "
      + "\(more > 0 ? "more" : "fewer"); \(total). Part of what differs may come from that."
  }
}

extension PathsTaken {
  /// All steps.
  fileprivate var steps: Int { standard.steps + gated.steps + joint.steps }
  /// Steps that the STD path had a part in.
  fileprivate var ofPredictions: Int { standard.steps + joint.steps }
}
