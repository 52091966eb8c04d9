import Core
import TestSupport
import Testing

/// Few lines that stand for more values than memory holds.
struct BoundedYAMLTests {
  /// Ten aliases of ten aliases, ten levels deep: 10¹⁰ values.
  private static func bomb(_ key: String, _ last: String) -> String {
    let levels = (1..<10).map { level in
      "  - &a\(level) [" + (0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", ") + "]\n"
    }
    return "\(key):\n  - &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + levels.joined() + last
  }

  private func refusal(_ text: String) -> CSGError? {
    #expect(throws: CSGError.self) { try ResolvedConfiguration(text: text, origin: "run.yaml") }
  }

  @Test func aliasesThatExplodeAreRefusedByPlace() {
    let error = refusal(
      "data:\n" + Self.bomb("mean", "").split(separator: "\n").map { "  \($0)\n" }.joined())
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.hasPrefix("run.yaml: data.mean: holds more than 10000 values") == true)
    #expect(error?.remedy?.contains("without aliases of aliases") == true)
  }

  /// A key is compared with all that is in it, before anything else is known.
  @Test(arguments: ["*a9 : 1\n", "? *a9\n: 1\n", "x: { *a9 : 1 }\n", "? [*a9]\n: 1\n"])
  func anAliasInAKeyIsRefused(_ last: String) {
    let error = refusal(Self.bomb("mean", last))
    #expect(error?.exitCode == .configuration)
    #expect(
      error?.message.contains("has a key that is not text") == true, "\(String(describing: error))")
  }

  @Test func aSetThatExplodes() {
    let flow =
      "[&a0 [1, 1]" + (1..<40).map { ", &a\($0) [*a\($0 - 1), *a\($0 - 1)]" }.joined() + "]"
    let error = #expect(throws: CSGError.self) {
      try ResolvedConfiguration(sets: ["data.mean=\(flow)"])
    }
    #expect(error?.message.contains("holds more than") == true)
  }

  /// Aliases as they are meant, and stars that are none.
  @Test func aliasesOfValues() throws {
    let text = """
      name: "a * star, *quoted" # and *one* in a comment
      learning_rate: { standard: &rate 0.25, gated: *rate }
      data: { train: &place in/*/train, test: *place, mean: &list [0.5, 0.5, 0.25], std: *list }
      """
    let values = try ResolvedConfiguration(text: text, origin: "run.yaml").values
    #expect(values.learningRate.gated == 0.25 && values.data.test == "in/*/train")
    #expect(values.name == "a * star, *quoted" && values.data.std == .values([0.5, 0.5, 0.25]))
  }
}
