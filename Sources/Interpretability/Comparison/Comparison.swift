import Core

/// Many analysed runs, by recipe, and gated recipes beside their baselines.
package struct Comparison: Sendable {
  /// The split that all were analysed on.
  package let data: AnalysedRun.Split
  /// The recipes, in the order in which the runs were given.
  package let recipes: [RecipeGroup]
  /// Recipes beside their baselines, in the same order.
  package let pairs: [RecipePair]
  /// What was measured, and what it means: accuracy, MIS and density first, then by name. What no run
  /// has a value of is left out.
  package let measures: [(name: String, definition: String)]
  /// What a reader should know: runs without partners, records of different lengths.
  package let warnings: [String]

  /// Groups runs by recipe and holds each recipe with a gate against the one that is the same without,
  /// or against that called `baseline`, as every other recipe then is.
  /// - Throws: `CSGError` 78 for runs that cannot be compared: of other data, measured otherwise, or
  ///   twice the same; 64 where no recipe is called `baseline`.
  package init(_ runs: [AnalysedRun], baseline: String? = nil) throws {
    guard let first = runs.first else {
      throw CSGError(.usage, "no runs to compare", remedy: "name analysed runs")
    }
    try Self.requireComparable(runs)
    data = first.data
    let groups = Self.groups(runs)
    recipes = groups
    measures = Self.measures(of: runs)
    if let baseline {
      guard let partner = groups.first(where: { $0.label == baseline }) else {
        let labels = groups.map { "'\($0.label)'" }.joined(separator: ", ")
        throw CSGError(
          .usage, "--baseline \(baseline): no recipe is called so", remedy: "name one of \(labels)")
      }
      pairs = groups.filter { $0.label != baseline }.compactMap { RecipePair($0, partner) }
    } else {
      pairs = groups.compactMap { group in
        group.recipe.isGated
          ? groups.first { $0.recipe == group.recipe.standard }.flatMap { RecipePair(group, $0) }
          : nil
      }
    }
    warnings = Self.warnings(groups, pairs, isBaselineGiven: baseline != nil)
  }

  private static func groups(_ runs: [AnalysedRun]) -> [RecipeGroup] {
    let places = Dictionary(runs.enumerated().map { ($1.recipe, $0) }, uniquingKeysWith: min)
    let lists = places.sorted { $0.value < $1.value }.map { recipe, _ in
      (recipe: recipe, runs: runs.filter { $0.recipe == recipe }.sorted { $0.seed < $1.seed })
    }
    let labels = RecipeLabels.labels(
      lists.map { list in (list.recipe, list.runs.map { ($0.name, $0.seed) }) })
    return zip(labels, lists).map { RecipeGroup(label: $0, recipe: $1.recipe, runs: $1.runs) }
  }

  /// Names of the measures that come first.
  private static let headline = [
    "accuracy", "mutual_information_score", "mutual_information.score_chance", "l1_density",
  ]

  /// The measures that go into the first table.
  package var headline: [String] {
    measures.map(\.name).filter { Self.rank($0) < Self.headline.count }
  }

  /// Keys in which the recipes differ, by name.
  package var differingKeys: [String] { RecipeLabels.differingKeys(recipes.map(\.recipe)) }

  private static func rank(_ name: String) -> Int {
    headline.firstIndex(of: name) ?? headline.count
  }

  private static func measures(of runs: [AnalysedRun]) -> [(name: String, definition: String)] {
    let valued = runs.flatMap(\.measures).filter { $0.value != nil && !isSetting($0.name) }
    let definitions = Dictionary(
      valued.map { ($0.name, $0.definition) }, uniquingKeysWith: { first, _ in first })
    return definitions.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }
      .map { (name: $0.key, definition: $0.value) }
  }

  /// Whether a number says how it was measured, not what was found.
  private static func isSetting(_ name: String) -> Bool { settings[name] != nil }

  /// Such numbers, and the options that set them.
  private static let settings = ["mutual_information.permutations": "--permutations"]

  // MARK: What cannot be compared

  private static func requireComparable(_ runs: [AnalysedRun]) throws {
    let first = runs[0]
    let definitions = Dictionary(
      runs.reversed().flatMap { run in run.measures.map { ($0.name, ($0.definition, run.path)) } },
      uniquingKeysWith: { _, earlier in earlier })
    for run in runs {
      func refuse(_ what: String, _ remedy: String) -> CSGError {
        CSGError(.configuration, what, remedy: remedy)
      }
      let (ours, theirs) = (run.data, first.data)
      guard (ours.split, ours.fingerprint) == (theirs.split, theirs.fingerprint) else {
        func name(_ data: AnalysedRun.Split) -> String {
          "the \(data.split) split of \(data.source), fingerprint \(data.fingerprint)"
        }
        throw refuse(
          "\(run.path): was analysed on \(name(ours)), but \(first.path) on \(name(theirs))",
          "analyze all runs on the same split")
      }
      guard run.trainingData == first.trainingData else {
        throw refuse(
          "\(run.path): was trained on other data than \(first.path)",
          "compare runs of one training set")
      }
      for (name, option) in settings {
        func value(_ run: AnalysedRun) -> Double? { run.measures.first { $0.name == name }?.value }
        guard let ours = value(run), let theirs = value(first), ours != theirs else { continue }
        throw refuse(
          "\(run.path): was analysed with \(option) \(Int(ours)), but \(first.path) with "
            + "\(Int(theirs))", "analyze all with the same")
      }
      for measure in run.measures {
        guard let (definition, path) = definitions[measure.name], definition != measure.definition
        else { continue }
        throw refuse(
          "\(run.path): \(measure.name) was measured otherwise than for \(path)",
          "analyze both with the same csg-dist")
      }
    }
    for (i, run) in runs.enumerated() {
      let twin = runs[..<i].first { ($0.recipe, $0.seed) == (run.recipe, run.seed) }
      guard let twin else { continue }
      throw CSGError(
        .configuration,
        run.digest == twin.digest
          ? "\(twin.path) and \(run.path): are the same run"
          : "\(twin.path) and \(run.path): have one recipe and one seed, \(run.seed), but other "
            + "results",
        remedy: "name each seed of a recipe once")
    }
  }

  // MARK: What a reader should know

  private static func warnings(
    _ groups: [RecipeGroup], _ pairs: [RecipePair], isBaselineGiven: Bool
  ) -> [String] {
    func list(_ seeds: [UInt64]) -> String {
      "seed\(seeds.count == 1 ? "" : "s") \(seeds.map(String.init).joined(separator: ", "))"
    }
    let unpaired = pairs.flatMap { pair in
      [
        (pair.recipe, pair.unpaired, pair.baseline),
        (pair.baseline, pair.unpairedBaseline, pair.recipe),
      ]
      .filter { !$0.1.isEmpty }
      .map { "\($0.0): \(list($0.1)) has no partner in \($0.2), and is left out of the pairs" }
    }
    let lonely = groups.filter { group in
      isBaselineGiven
        ? !pairs.contains { $0.recipe == group.label || $0.baseline == group.label }
        : group.recipe.isGated && !pairs.contains { $0.recipe == group.label }
    }.map {
      "\($0.label): no run without gates is of the same recipe and seed, so none is its baseline"
    }
    let sizes = pairs.compactMap { pair -> String? in
      guard let change = pair.change(of: "correlation.m1")?.difference.mean, change != 0 else {
        return nil
      }
      return "\(pair.recipe) and \(pair.baseline): CIC is over groups of different sizes, see m1; "
        + "analyze --baseline takes the network's for both"
    }
    let steps = groups.compactMap { group -> String? in
      let steps = Set(group.runs.map(\.step)).sorted()
      guard steps.count > 1 else { return nil }
      let texts = steps.map(String.init).joined(separator: ", ")
      return "\(group.label): its runs were analysed after different numbers of steps: \(texts)"
    }
    let unequal = pairs.compactMap { pair -> String? in
      func steps(_ label: String) -> [Int] {
        Set(groups.first { $0.label == label }?.runs.map(\.step) ?? []).sorted()
      }
      let (ours, theirs) = (steps(pair.recipe), steps(pair.baseline))
      guard ours != theirs else { return nil }
      func text(_ steps: [Int]) -> String { steps.map(String.init).joined(separator: ", ") }
      return
        "\(pair.recipe) was analysed after \(text(ours)) steps, \(pair.baseline) after \(text(theirs)): "
        + "what differs between them may be how long they were trained"
    }
    let cautions = groups.flatMap(\.runs).flatMap { run in
      run.cautions.map { "\(run.path): \($0)" }
    }
    let records = groups.flatMap { group -> [String] in
      let without = group.runs.filter { $0.records?.epochs.isEmpty ?? true }.map(\.path)
      let lengths = Set(group.records.map(\.epochs.count)).sorted()
      return [
        without.isEmpty
          ? nil
          : "\(group.label): no records (metrics.jsonl) of \(without.joined(separator: ", ")): "
            + "no curves of them",
        lengths.count < 2
          ? nil
          : "\(group.label): its records have different lengths, "
            + "\(lengths.map(String.init).joined(separator: ", ")) epochs: their mean ends with the "
            + "shortest",
      ].compactMap { $0 }
    }
    return lonely + unpaired + sizes + steps + unequal + cautions + records
  }
}
