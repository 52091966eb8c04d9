import Core

/// The runs of one recipe: they differ in their seed alone.
package struct RecipeGroup: Sendable {
  /// What the recipe is called.
  package let label: String
  /// What the runs did.
  package let recipe: Recipe
  /// The runs, by seed.
  package let runs: [AnalysedRun]

  /// Mean and spread of a measure over the runs that have it; nil where none has.
  package func spread(of measure: String) -> Spread? {
    let values = runs.compactMap { $0.value(of: measure) }
    return values.isEmpty ? nil : Spread(values)
  }
}

extension AnalysedRun {
  /// What a measure is of this run; nil where it has none.
  package func value(of measure: String) -> Double? {
    measures.first { $0.name == measure }?.value
  }
}

/// A recipe beside its baseline, by runs of the same seed.
package struct RecipePair: Sendable {
  /// Labels of both.
  package let recipe: String, baseline: String
  /// Seeds that both have, and those that only one has.
  package let seeds: [UInt64], unpaired: [UInt64], unpairedBaseline: [UInt64]
  /// Runs of the same seed, in order of the seeds.
  private let pairs: [(run: AnalysedRun, baseline: AnalysedRun)]

  /// nil where no seed is common to both.
  init?(_ group: RecipeGroup, _ partner: RecipeGroup) {
    pairs = group.runs.compactMap { run in
      partner.runs.first { $0.seed == run.seed }.map { (run, $0) }
    }
    guard !pairs.isEmpty else { return nil }
    (recipe, baseline) = (group.label, partner.label)
    let common = pairs.map(\.run.seed)
    seeds = common
    unpaired = group.runs.map(\.seed).filter { !common.contains($0) }
    unpairedBaseline = partner.runs.map(\.seed).filter { !common.contains($0) }
  }

  /// What changes in a measure, over the pairs that have it on both sides; nil where none has.
  package func change(of measure: String) -> PairedChange? {
    let values = pairs.compactMap { run, other in
      run.value(of: measure).flatMap { value in
        other.value(of: measure).map { (value: value, baseline: $0) }
      }
    }
    return values.isEmpty ? nil : PairedChange(values)
  }
}
