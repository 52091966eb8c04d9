import Core
import Kernels

/// The gate matrix G ∈ [0, 1]^{C×K}: row y gates the features of a sample of class y.
///
/// Source: the paper's Sec. 3.2 and Algorithm 1.
package struct Gate: Sendable {
  /// C and K.
  package let classes: Int, filters: Int
  /// G, row-major.
  package let matrix: FloatSlice
  /// G as checkpoints name it: [C, K], in a buffer of its own.
  package let tensor: TensorSpec

  /// A gate with every entry `initial`.
  package init(classes: Int, filters: Int, initial: Double) {
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
  package func row(_ y: Int) -> FloatSlice { matrix[y * filters..<(y + 1) * filters] }

  /// ‖G‖₁, entries added in Double in row-major order.
  package var norm: Double {
    var sum = 0.0
    for i in 0..<matrix.count { sum += Double(abs(matrix[i])) }
    return sum
  }

  /// ‖G_k‖₁ of filter k's column, added in the classes' order.
  package func norm(column k: Int) -> Double {
    var sum = 0.0
    for i in stride(from: k, to: matrix.count, by: filters) { sum += Double(abs(matrix[i])) }
    return sum
  }

  /// The L1-density ‖G‖₁ / (C·K).
  package var density: Double { norm / Double(classes * filters) }

  /// Overwrites G by `entries` (C × K) as they are.
  /// - Throws: `CSGError` that names the filter with an entry that is not finite; G then is as it was.
  package func take(_ entries: FloatSlice) throws {
    precondition(entries.count == matrix.count, "G has \(matrix.count) entries")
    for i in 0..<entries.count where !entries[i].isFinite {
      throw CSGError(
        .failure, "gate column of filter \(i % filters): an entry is \(entries[i]), not finite",
        remedy:
          "lower G's rate (gate.learning_rate, or learning_rate if it is shared) or gate.lambda2")
    }
    matrix.copy(from: entries)
  }

  /// Overwrites G by `entries` (C × K) with each column divided by its largest absolute entry and
  /// clipped to [0, 1]: a rescale onto V_G, not the Euclidean projection.
  /// - Throws: `CSGError` that names the filter whose largest entry is not finite and positive; G
  ///   then is as it was.
  package func take(projectionOf entries: FloatSlice) throws {
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
        remedy:
          "lower G's rate (gate.learning_rate, or learning_rate if it is shared) or gate.lambda2")
    }
    return largest
  }
}
