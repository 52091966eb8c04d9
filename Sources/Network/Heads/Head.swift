import Core
import Kernels

/// The end of a net: from the last convolution's activations to logits, and back from gradients by
/// them.
///
/// Here sits the gate, since where G multiplies depends on what follows. A gate row [K] is that of an
/// image's label on the CSG path, nil on the STD path.
protocol Head: AnyObject {
  /// The logits of the last pass, and gradients by them.
  var logits: Logits { get }
  /// The end of the head's parameters: the backward pass has finished all before it.
  var gradientEnd: Int { get }

  /// The means of image n's last activations [K], after `pool`.
  func features(_ n: Int) -> FloatSlice

  /// Takes image n's last activations, overwriting its features.
  func pool(_ z: FloatSlice, _ n: Int)

  /// Overwrites the logits of `images`. `addresses` are those of the images, for dropout; nil turns it
  /// off.
  func forward(
    _ images: Range<Int>, gateRow: (Int) -> FloatSlice?, theta: FloatSlice,
    addresses: SampleAddresses?)

  /// Takes the gradients by the logits of `images` back through the last `forward`, which was for
  /// them.
  ///
  /// Adds to the head's part of the replica's gradient of θ, as far as the pass wants it, and to the
  /// gradient by each image's gate row where `gateGradient` has one, images in order. Overwrites what
  /// `spread` reads, or adds to it.
  func backward(
    _ images: Range<Int>, gateRow: (Int) -> FloatSlice?, theta: FloatSlice, pass: BackwardPass,
    gradient: FloatSlice?, gateGradient: (Int) -> FloatSlice?, adds: Bool)

  /// Overwrites image n's plain dz by the gradient by its last activations, after `backward`.
  func spread(_ n: Int, into dz: FloatSlice)
}
