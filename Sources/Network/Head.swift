import Core
import Kernels

/// Σ cross-entropy and correct predictions of a step's first pass, and Σ cross-entropy of its second,
/// where it has one.
struct HeadResult {
  private(set) var loss = 0.0, correct = 0, secondLoss = 0.0

  /// Notes what pass `index` found.
  mutating func note(_ pass: (loss: Double, correct: Int), index: Int) {
    if index == 0 { (loss, correct) = pass } else { secondLoss = pass.loss }
  }
}

/// The end of a net: from the last convolution's activations to logits and loss, and back.
///
/// Here sits the gate, since where G multiplies depends on what follows.
protocol Head: AnyObject {
  /// The logits of the last pass.
  var outcome: SoftmaxCrossEntropy { get }
  /// The end of the head's parameters: the backward pass has finished all before it.
  var gradientEnd: Int { get }

  /// The means of image n's last activations [K], after `pool`.
  func features(_ n: Int) -> FloatSlice

  /// Takes image n's last activations, overwriting its features.
  func pool(_ z: FloatSlice, _ n: Int)

  /// Overwrites the logits of the first `count` images, without dropout.
  func classify(count: Int, gateRow: (Int) -> FloatSlice?, theta: FloatSlice)

  /// Forward and backward of the head for `images`, which have these labels: Σ cross-entropy, on the
  /// CSG path times `gatedWeight`.
  ///
  /// Adds to the head's part of `gradient`, as far as that goes, and, where a pass is gated, of
  /// `gateGradient`: passes in order, in each the images in order. Then calls `spread` with what makes
  /// each image's gradient by the last activations, the sum over passes, on any thread. `addresses`
  /// are those of the images, for dropout; nil turns it off. All passes of a step drop the same
  /// values.
  func train(
    _ images: Range<Int>, labels: ArraySlice<Int32>, path: Path, gate: Gate, gatedWeight: Double,
    theta: FloatSlice, gradient: FloatSlice, gateGradient: FloatSlice,
    addresses: SampleAddresses?, spread: (Int, FloatSlice) -> Void
  ) -> HeadResult

  /// Overwrites one image's plain dz by the gradient by its last activations.
  func spread(_ featureGradient: FloatSlice, into dz: FloatSlice)
}
