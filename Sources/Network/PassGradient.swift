import Core
import Kernels

/// Takes what the replicas of a pass bring, part by part of a `StepVector`.
public protocol ReplicaContributions {
  /// Calls `body` for each replica of the pass, in order: with its number among them, and a vector
  /// whose `parts` are zero, where it leaves what the replica brings there.
  func add(_ parts: VectorParts, _ body: (_ number: Int, _ contribution: FloatSlice) -> Void)
}

/// The one replica of a pass, which writes into a vector of zeros.
struct SingleContribution: ReplicaContributions {
  let vector: FloatSlice

  func add(_ parts: VectorParts, _ body: (_ number: Int, _ contribution: FloatSlice) -> Void) {
    body(0, vector)
  }
}

/// The gradient of θ that a pass computes, of each of its replicas.
struct PassGradient {
  /// Where it ends: nothing is computed for the parameters behind.
  let count: Int
  /// The images of each replica, one replica's after the other's; some may have none.
  let images: [Range<Int>]
  let contributions: any ReplicaContributions

  /// Images of all replicas of the pass.
  var imageCount: Int { images[images.count - 1].upperBound }

  /// Calls `body` for each replica that has images, in order: with its number, its images, and its
  /// gradient, which is zero in `part` (as far as the gradient goes) and takes what they add there.
  func add(
    _ part: Range<Int>,
    _ body: (_ number: Int, _ images: Range<Int>, _ gradient: FloatSlice) -> Void
  ) {
    contributions.add(VectorParts(part.clamped(to: 0..<count))) { number, contribution in
      guard !images[number].isEmpty else { return }
      body(number, images[number], contribution[0..<count])
    }
  }
}
