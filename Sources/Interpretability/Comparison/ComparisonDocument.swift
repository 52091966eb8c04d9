import Core
import Foundation

/// `compare.json`: a comparison as one document.
package struct ComparisonDocument: Encodable, Sendable {
  let format = "csg-dist comparison", version = 1
  let data: AnalysedRun.Split
  /// What measures mean, by name.
  let measures: [String: String]
  let recipes: [RecipeDocument]
  let runs: [RunDocument]
  let comparisons: [PairDocument]
  let warnings: [String]
  let definitions = Self.meanings

  /// The document of a comparison.
  package init(_ comparison: Comparison) {
    data = comparison.data
    measures = Dictionary(
      comparison.measures.map { ($0.name, $0.definition) }, uniquingKeysWith: { first, _ in first })
    let names = comparison.measures.map(\.name)
    func each<Value>(_ value: (String) -> Value?) -> [String: Value] {
      Dictionary(
        names.compactMap { name in value(name).map { (name, $0) } },
        uniquingKeysWith: { first, _ in first })
    }
    recipes = comparison.recipes.map { group in
      RecipeDocument(
        label: group.label, gated: group.recipe.isGated, seeds: group.runs.map(\.seed),
        keys: group.recipe.keys, measures: each { group.spread(of: $0) })
    }
    runs = comparison.recipes.flatMap { group in
      group.runs.map { run in
        RunDocument(
          path: run.path, name: run.name, recipe: group.label, seed: run.seed, step: run.step,
          digest: run.digest, values: each { run.value(of: $0) })
      }
    }
    comparisons = comparison.pairs.map { pair in
      PairDocument(
        recipe: pair.recipe, baseline: pair.baseline, seeds: pair.seeds, unpaired: pair.unpaired,
        unpaired_baseline: pair.unpairedBaseline, measures: each { pair.change(of: $0) })
    }
    warnings = comparison.warnings
  }

  struct RecipeDocument: Encodable, Sendable {
    let label: String, gated: Bool, seeds: [UInt64], keys: [String: String]
    let measures: [String: Spread]
  }

  struct RunDocument: Encodable, Sendable {
    let path: String, name: String, recipe: String, seed: UInt64, step: Int, digest: String
    let values: [String: Double]
  }

  struct PairDocument: Encodable, Sendable {
    let recipe: String, baseline: String
    let seeds: [UInt64], unpaired: [UInt64], unpaired_baseline: [UInt64]
    let measures: [String: PairedChange]
  }

  /// The text.
  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(self)) + [10]
  }

  /// Meanings of the values, by their place; `[]` is every element of a list, `*` every measure.
  static let meanings = [
    "format": "what this file is",
    "version": "of the format; keys may be added within one",
    "data": "the split that every run was analysed on, as its metrics.json names it",
    "measures": "what each measure is, in the words of metrics.json",
    "recipes": "runs that differ in their seed alone, in the order in which they were given",
    "recipes[].label": "what its runs' names have in common without their seeds; where another "
      + "recipe has the same, with the keys that tell them apart",
    "recipes[].gated": "whether some step may take the CSG path",
    "recipes[].seeds": "of its runs, ascending",
    "recipes[].keys": "the configuration but for the seed and for keys that change no result; "
      + "without gates also without the keys that speak of them",
    "recipes[].measures.*.n": "runs that have the value",
    "recipes[].measures.*.mean": "over these runs",
    "recipes[].measures.*.standard_deviation": "with n - 1; null: n = 1",
    "recipes[].measures.*.interval":
      "95 % interval of the mean by Student's t with n - 1 degrees of freedom; null: n = 1",
    "runs": "every run, by recipe and seed",
    "runs[].path": "as it was given",
    "runs[].name": "of its configuration",
    "runs[].recipe": "label of its recipe",
    "runs[].seed": "of its configuration",
    "runs[].step": "training steps behind it",
    "runs[].digest": "XXH3-128 of its checkpoint's state",
    "runs[].values": "its measures; one without a value is left out",
    "comparisons": "each recipe with gates and the same recipe without, or each and the one that "
      + "--baseline named, by runs of the same seed",
    "comparisons[].recipe": "label of the recipe",
    "comparisons[].baseline": "label of what it is held against",
    "comparisons[].seeds": "that both have, ascending: the pairs",
    "comparisons[].unpaired": "seeds of the recipe that the baseline lacks",
    "comparisons[].unpaired_baseline": "seeds of the baseline that the recipe lacks",
    "comparisons[].measures.*.difference": "recipe - baseline over the pairs: n, mean, standard "
      + "deviation and 95 % interval as above",
    "comparisons[].measures.*.p_value": "of the paired t-test, two-sided; null: one pair, or all "
      + "differences are equal",
    "comparisons[].measures.*.ratio": "exp of the mean of log(recipe / baseline) over the pairs; "
      + "null: a value is not above 0",
    "comparisons[].measures.*.ratio_interval":
      "exp of the 95 % interval of the mean of these logarithms; null: no ratio, or one pair",
    "warnings": "what a reader should know",
  ]
}
