import Core
import Foundation
import Storage

/// `analysis.h5` and `metrics.json`, each there whole or not at all.
package enum AnalysisFile {
  private static let version = 1

  /// Writes both into `folder`, replacing those of an earlier analysis.
  ///
  /// Undefined entries (a class without samples) are NaN in the HDF5 file.
  /// - Throws: `CSGError` 73 or 74.
  package static func write(
    _ metrics: Metrics, network: NetworkAnalysis, baseline: NetworkAnalysis?,
    cards: FilterCards? = nil, to folder: String
  ) throws {
    try AtomicFile.createFolder(folder)
    try AtomicFile.write(to: "\(folder)/analysis.h5") { temporary in
      let file = try HDF5File(creating: temporary, named: "\(folder)/analysis.h5")
      try file.setLabel("format", "csg-dist analysis")
      try file.setAttribute("version", version)
      try file.setLabel("data_fingerprint", metrics.data.fingerprint)
      try file.write(texts: metrics.data.classes, to: "classes")
      try file.setAxes(["class"], of: "classes")
      try file.write(
        network.table.labels, axes: [AnalysisAxis("sample", network.table.count)], to: "labels")
      try write(network, to: file, group: "network")
      if let cards { try write(cards, to: file, group: "network/cards") }
      if let baseline { try write(baseline, to: file, group: "baseline") }
      try file.close(verifying: temporary)
    }
    try AtomicFile.write(json(metrics), to: "\(folder)/metrics.json")
  }

  /// The features of the network in an `analysis.h5`, with its labels; classes are those up to the
  /// highest label.
  /// - Throws: `CSGError` 65 or 66.
  package static func features(reading path: String) throws -> FeatureTable {
    let file = try HDF5File(reading: path)
    try file.requireVersion(upTo: version)
    let features = try file.dataset("network/features")
    let labels = try file.dataset("labels").readAll(Int32.self)
    guard features.shape.count == 2, features.shape[0] == labels.count,
      let highest = labels.max(), labels.allSatisfy({ $0 >= 0 })
    else {
      throw CSGError.data(path, "its features are not one row a label from 0 up")
    }
    return try FeatureTable(
      values: features.readAll(Float.self), filters: features.shape[1], labels: labels,
      classes: Int(highest) + 1)
  }

  /// `metrics.json`'s text.
  package static func json(_ metrics: Metrics) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(metrics)) + [10]
  }

  private static func write(_ cards: FilterCards, to file: HDF5File, group: String) throws {
    let cards = cards.cards
    let filters = AnalysisAxis("filter", cards.count)
    func write(_ shown: (FilterCards.Card) -> [FilterCards.Shown], _ name: String) throws {
      let axes = [filters, AnalysisAxis("shown sample", cards.first.map { shown($0).count } ?? 0)]
      try file.write(
        cards.flatMap { shown($0).map { Int32($0.sample) } }, axes: axes, to: "\(group)/\(name)")
      try file.write(
        cards.flatMap { shown($0).map(\.value) }, axes: axes, to: "\(group)/\(name)_values")
    }
    try write(\.strongest, "strongest")
    try write(\.random, "random")
    try file.write(cards.map(\.threshold), axes: [filters], to: "\(group)/threshold")
    let bins = cards.flatMap { $0.histogram.flatMap { $0.map { Int32($0) } } }
    let classes = AnalysisAxis("class", cards.first?.histogram.count ?? 0)
    try file.write(
      bins, axes: [filters, classes, AnalysisAxis("bin", FilterCards.bins + 1)],
      to: "\(group)/histogram")
    let losses = cards.compactMap(\.losses)
    if losses.count == cards.count {
      try file.write(
        losses.flatMap { $0.map { $0 ?? .nan } }, axes: [filters, classes],
        to: "\(group)/removal_loss")
    }
  }

  private static func write(_ analysis: NetworkAnalysis, to file: HDF5File, group: String) throws {
    let table = analysis.table
    let n = AnalysisAxis("sample", table.count)
    let k = AnalysisAxis("filter", table.filters)
    let c = AnalysisAxis("class", table.classes)
    let confused = [
      AnalysisAxis("true class", table.classes), AnalysisAxis("predicted class", table.classes),
    ]
    func write<Element: HDF5Element>(_ values: [Element], _ axes: [AnalysisAxis], _ name: String)
      throws
    {
      try file.write(values, axes: axes, to: "\(group)/\(name)")
    }
    func write(_ similarity: GateSimilarity, _ name: String) throws {
      try write(
        similarity.values.map { $0 ?? .nan }, [c, AnalysisAxis("gate row", table.classes)], name)
      try write(similarity.samples.map { Int32($0) }, [c], "\(name)_samples")
    }
    func write(_ predictions: [Int32], path: String) throws {
      try write(predictions, [n], "predictions_\(path)")
      let confusion = Confusion(
        labels: table.labels, predictions: predictions, classes: table.classes)
      try write(confusion.counts, confused, "confusion_\(path)")
    }
    try write(table.values, [n, k], "features")
    try write(analysis.predictions, path: "standard")
    try write(analysis.information.values, [k, c], "mutual_information")
    try write(table.classEntropies, [c], "mutual_information_ceiling")
    try write(analysis.interval.terms, [n], "mutual_information_score_terms")
    if let chance = analysis.chance {
      try write(chance.values, [k, c], "mutual_information_chance")
      try write(
        chance.maxima, [k, AnalysisAxis("permutation", chance.permutations)],
        "mutual_information_chance_maxima")
    }
    try write(analysis.predictedClassFilters.own, [n], "predictions_acc2")
    try write(analysis.predictedClassFilters.others, [n], "predictions_acc3")
    try write(
      analysis.correlation.values, [k, AnalysisAxis("other filter", table.filters)],
      "filter_correlation")
    let centers = analysis.clusters.centers
    let q = AnalysisAxis("cluster", centers.count)
    try write(centers.flatMap { $0 }, [q, k], "cluster_centers")
    try write(analysis.matching.classes.map { Int32($0) }, [q], "cluster_classes")
    try write(analysis.clusters.assignments, [n], "cluster_assignments")
    try write(
      analysis.clusters.sizes.map { Int32($0) }, [q], "cluster_samples")
    if let gated = analysis.gatedPredictions { try write(gated, path: "gated") }
    if let gate = analysis.gate { try write(gate, [c, k], "gate") }
    if let right = analysis.rightSimilarity { try write(right, "similarity_true_positive") }
    if let wrong = analysis.wrongSimilarity { try write(wrong, "similarity_false_negative") }
    for removal in analysis.removals {
      let name = "removed/" + removal.classes.map(String.init).joined(separator: "-")
      try write(
        removal.filters.map { Int32($0) },
        [AnalysisAxis("removed filter", removal.filters.count)], "\(name)/filters")
      try write(removal.standard.counts, confused, "\(name)/confusion_standard")
      if let gated = removal.gated { try write(gated.counts, confused, "\(name)/confusion_gated") }
    }
  }
}
