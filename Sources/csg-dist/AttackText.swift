import Attacks
import Core

/// What an attack came to, for people.
struct AttackText {
  let lines: String

  init(_ summary: AttackSummary, written: [String]) {
    func share(_ name: String, _ interval: WilsonInterval?) -> String? {
      interval.map {
        "\(name)  \(NumberText.percent($0.share))  (95 %: \(NumberText.percent($0.low)) to "
          + "\(NumberText.percent($0.high)))"
      }
    }
    func average(_ name: String, _ average: AttackSummary.Average?, _ decimals: Int) -> String? {
      average.map {
        "\(name)  mean \(NumberText.fixed($0.mean, decimals))  median "
          + NumberText.fixed($0.median, decimals)
      }
    }
    let target = summary.target == "untargeted" ? "untargeted" : "target: \(summary.target)"
    let all = [
      "\(summary.method), \(target)",
      "\(NumberText.count(summary.samples, "sample")), the net right on \(summary.correct); \(summary.attacked) "
        + "attacked, fooled by \(summary.successes)",
      share("success      ", summary.success), share("as bytes     ", summary.successRounded),
      share("of those right", summary.successOfCorrect),
      share("random signs ", summary.noiseSuccess),
      average("L0 (pixels)  ", summary.l0, 1), average("L2           ", summary.l2, 4),
      average("L∞           ", summary.linf, 4), average("queries      ", summary.queries, 1),
    ]
    lines = (all.compactMap { $0 } + written).joined(separator: "\n")
  }
}
