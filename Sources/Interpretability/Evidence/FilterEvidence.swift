import Core
import Inference
import Storage

/// Which filters speak for a class on one picture.
///
/// Of a net that ends in pooling and one linear layer w a logit is b_c + Σ_k w_ck f_k, so that filter k adds
/// (f_k − m_k) (w_ck − w̄_k) to the class's logit beyond what it adds to the mean logit, where f_k is its
/// pooled activation, w̄_k the mean of its weights over the classes, and m_k its mean over the samples of an analysis; without
/// one m_k is 0, silence. Of other nets a filter's part is not told by weights: it is f_k − m_k.
package struct FilterEvidence {
  /// One filter.
  package struct Filter: Encodable, Sendable {
    /// Its number, and its pooled activation.
    package let filter: Int, activation: Double
    /// m_k; nil without an analysis.
    package let mean: Double?
    /// What it adds to the logit; nil where no weight tells.
    package let evidence: Double?
    /// Classes whose entry of G is above 0.5; nil without a gate.
    package let gateClasses: [String]?
    /// The class that it knows most about, by M in nats; nil without an analysis.
    package let informationClass: String?, information: Double?
    /// Whether that is more than chance gives; nil where no analysis says so.
    package let isAboveChance: Bool?

    enum CodingKeys: String, CodingKey {
      case filter, activation, mean, evidence, information
      case gateClasses = "gate_classes"
      case informationClass = "information_class"
      case isAboveChance = "above_chance"
    }

    /// Every key stands there: null where nothing is known.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(filter, forKey: .filter)
      try container.encode(activation, forKey: .activation)
      try container.encode(mean, forKey: .mean)
      try container.encode(evidence, forKey: .evidence)
      try container.encode(gateClasses, forKey: .gateClasses)
      try container.encode(informationClass, forKey: .informationClass)
      try container.encode(information, forKey: .information)
      try container.encode(isAboveChance, forKey: .isAboveChance)
    }
  }

  private let classes: [String]
  private let analysed: AnalysedFilters?
  private let gate: [Float]?
  /// w_ck − w̄_k, [C][K]; nil for a net that ends otherwise.
  private let weights: [[Double]]?

  /// That of a checkpoint's filters; `classes` are its names.
  /// - Throws: `CSGError` 65 where the analysis has another number of filters.
  package init(_ checkpoint: Checkpoint, classes: [String], analysed: AnalysedFilters?) throws {
    self.classes = classes
    self.analysed = analysed
    gate = checkpoint.gate?.values
    weights = checkpoint.parameters.first { $0.name == "fc.weight" }.map { tensor in
      let (count, filters) = (tensor.shape[0], tensor.shape[1])
      func weight(_ c: Int, _ k: Int) -> Double { Double(tensor.values[c * filters + k]) }
      let means = (0..<filters).map { k in
        (0..<count).reduce(0) { $0 + weight($1, k) } / Double(count)
      }
      return (0..<count).map { c in (0..<filters).map { weight(c, $0) - means[$0] } }
    }
    if let analysed, let filters = weights?[0].count, analysed.means.count != filters {
      throw CSGError.data(
        analysed.folder, "is of \(analysed.means.count) filters, the network has \(filters)")
    }
  }

  /// The `count` filters that speak most for a class, the strongest first, of equals the first; fewer where
  /// no more speak for it.
  package func strongest(_ count: Int, for label: Int, features: [Float]) -> [Filter] {
    let parts = features.indices.map { k in
      (Double(features[k]) - (analysed?.means[k] ?? 0)) * (weights?[label][k] ?? 1)
    }
    let order = parts.indices.filter { parts[$0] > 0 }.sorted { (parts[$0], $1) > (parts[$1], $0) }
    return order.prefix(count).map { k in
      let row = analysed?.information[k]
      let best = row.flatMap { row in row.indices.max { (row[$0], $1) < (row[$1], $0) } }
      return Filter(
        filter: k, activation: Double(features[k]), mean: analysed?.means[k],
        evidence: weights == nil ? nil : parts[k],
        gateClasses: gate.map { gate in
          classes.indices.filter { gate[$0 * features.count + k] > 0.5 }.map { classes[$0] }
        },
        informationClass: best.flatMap { row?[$0] ?? 0 > 0 ? classes[$0] : nil },
        information: best.flatMap { row?[$0] },
        isAboveChance: analysed?.isAboveChance[k])
    }
  }
}
