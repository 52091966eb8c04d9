import Core
import Kernels

/// Takes what the replicas of a pass bring, part by part of a `StepVector`.
package protocol ReplicaContributions {
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

/// One backward pass, as every layer is asked for its part of it: how far down, for whom, and whether
/// with the gradients of parameters.
struct BackwardPass {
  let reach: Reach
  /// The slots of each replica, one replica's after the other's; some may have none.
  let slots: [Range<Int>]
  /// The image of the forward pass that a slot goes back through; nil: slot n is image n.
  let images: ArraySlice<FilterSeed>?
  /// Takes the gradients of parameters; nil: there are none.
  let contributions: (any ReplicaContributions)?

  /// Slots of all replicas of the pass.
  var slotCount: Int { slots[slots.count - 1].upperBound }

  /// The image whose activations a slot reads.
  func image(_ slot: Int) -> Int {
    guard let images else { return slot }
    return images[images.startIndex + slot].image
  }

  /// Whether the gradient of the parameter at this place is wanted.
  func learns(_ parameter: Range<Int>) -> Bool {
    contributions != nil && reach.includes(parameter)
  }

  /// Whether anything behind this place of θ is wanted.
  func goesBehind(_ place: Int) -> Bool { reach.goesBehind(place) }

  /// Calls `body` for each replica, in order: with its number, its slots, and the vector to which it
  /// adds in `parts`; nil where no parameters are asked for.
  func forEachReplica(
    _ parts: VectorParts,
    _ body: (_ number: Int, _ slots: Range<Int>, _ contribution: FloatSlice?) -> Void
  ) {
    guard let contributions else {
      for number in slots.indices { body(number, slots[number], nil) }
      return
    }
    contributions.add(parts) { body($0, slots[$0], $1) }
  }

  /// The same for a layer, with its part of θ and those replicas that have slots.
  func forEachReplica(
    _ parameters: Range<Int>,
    _ body: (_ number: Int, _ slots: Range<Int>, _ gradient: FloatSlice?) -> Void
  ) {
    var part = parameters
    if case .parameters(let end) = reach { part = part.clamped(to: 0..<end) }
    forEachReplica(VectorParts(part)) { number, slots, contribution in
      if !slots.isEmpty { body(number, slots, contribution) }
    }
  }
}
