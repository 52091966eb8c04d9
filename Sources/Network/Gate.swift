import Core
import Kernels

/// The gate matrix G ∈ [0, 1]^{C×K}: row y gates the features of a sample of class y.
///
/// Source: the paper's Sec. 3.2 and Algorithm 1.
public struct Gate: Sendable {
  /// C and K.
  public let classes: Int, filters: Int
  /// G, row-major.
  public let matrix: FloatSlice
  /// G as checkpoints name it: [C, K], in a buffer of its own.
  package let tensor: TensorSpec

  /// A gate with every entry `initial`.
  public init(classes: Int, filters: Int, initial: Double) {
    self.classes = classes
    self.filters = filters
    matrix = FloatBuffer(classes * filters).all
    matrix.fill(Float(initial))
    tensor = TensorSpec(
      name: "gate", shape: [classes, filters], start: .constant(Float(initial)))
  }

  /// Overwrites G by the matrix of Appendix E: class c has filters c·m₁ ..< (c + 1)·m₁ for itself,
  /// the last m₂ are every class's.
  /// - Throws: `CSGError` 78 unless C·m₁ + m₂ = K; G then is as it was.
  package func fix(_ shares: Configuration.Gate.Matrix.Fixed) throws {
    let (perClass, shared) = (shares.perClass, shares.shared)
    guard classes * perClass + shared == filters else {
      throw CSGError.configuration(
        "gate.matrix",
        "\(classes) classes × \(perClass) filters + \(shared) shared make "
          + "\(classes * perClass + shared), the last convolution has \(filters)",
        remedy: "choose per_class and shared that make \(filters)")
    }
    for c in 0..<classes {
      let entries = row(c)
      for k in 0..<filters {
        entries[k] = k / perClass == c || k >= filters - shared ? 1 : 0
      }
    }
  }

  /// Row y, of K entries.
  public func row(_ y: Int) -> FloatSlice { matrix[y * filters..<(y + 1) * filters] }

  /// ‖G‖₁, entries added in Double in row-major order.
  public var norm: Double {
    var sum = 0.0
    for i in 0..<matrix.count { sum += Double(abs(matrix[i])) }
    return sum
  }

  /// The L1-density ‖G‖₁ / (C·K).
  public var density: Double { norm / Double(classes * filters) }

  /// Overwrites G by `entries` (C × K) with each column divided by its largest absolute entry and
  /// clipped to [0, 1]: a rescale onto V_G, not the Euclidean projection.
  /// - Throws: `CSGError` that names the filter whose largest entry is not finite and positive; G
  ///   then is as it was.
  public func take(projectionOf entries: FloatSlice) throws {
    precondition(entries.count == matrix.count, "G has \(matrix.count) entries")
    for k in 0..<filters { _ = try largest(entries, column: k) }
    for k in 0..<filters {
      let largest = try largest(entries, column: k)
      for i in stride(from: k, to: entries.count, by: filters) {
        matrix[i] = min(max(entries[i] / largest, 0), 1)
      }
    }
  }

  /// The largest absolute entry of a column that has a positive one.
  private func largest(_ entries: FloatSlice, column k: Int) throws -> Float {
    var largest: Float = 0
    var highest = -Float.infinity
    for i in stride(from: k, to: entries.count, by: filters) {
      if abs(entries[i]) > largest || entries[i].isNaN { largest = abs(entries[i]) }
      highest = max(highest, entries[i])
    }
    guard largest.isFinite, highest > 0 else {
      throw CSGError(
        .failure,
        "gate column of filter \(k): its largest entry is \(highest), not finite and above 0",
        remedy: "lower gate.learning_rate or gate.lambda2")
    }
    return largest
  }
}

/// The density penalty d = ψ(max(0, ‖G‖₁ − bound)) of the paper's Eq. 2.
public struct DensityPenalty: Sendable {
  private let bound: Double
  private let kind: Configuration.Gate.Penalty

  /// A penalty that rests while ‖G‖₁ ≤ densityBound·C·K.
  package init(densityBound: Double, classes: Int, filters: Int, kind: Configuration.Gate.Penalty) {
    bound = densityBound * Double(classes * filters)
    self.kind = kind
  }

  /// d at a given ‖G‖₁.
  public func value(norm: Double) -> Double {
    let excess = max(0, norm - bound)
    switch kind {
    case .l1: return excess
    case .l2: return excess * excess
    case .smoothL1: return excess < 1 ? excess * excess / 2 : excess - 0.5
    }
  }

  /// ∂d by any entry of G, all of which are ≥ 0; 0 from the bound down.
  public func derivative(norm: Double) -> Double {
    let excess = norm - bound
    guard excess > 0 else { return 0 }
    switch kind {
    case .l1: return 1
    case .l2: return 2 * excess
    case .smoothL1: return min(excess, 1)
    }
  }
}
