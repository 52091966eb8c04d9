import Core
import Kernels

/// A convolution before it has buffers: its name, that of its batch norm where it has one, and the
/// border that the readers of its activations need.
struct UnitPlan {
  let convolution: Convolution
  let name: String
  var norm = ""
  let halo: Int
}

/// A convolution with what follows it up to its activations: the part that all nets are made of.
///
/// `forward` leaves y; `activate` turns an image's y into z just before the next convolution reads
/// it, while it is in the cache.
protocol ConvolutionUnit: AnyObject {
  var convolution: Convolution { get }
  /// Activations, bordered as their readers need.
  var z: Map { get }
  /// The end of this unit's parameters: the backward pass has finished all before it.
  var gradientEnd: Int { get }

  /// Runs the convolution of the first `count` images and prepares `activate`. `before` is called
  /// for an image before x is read.
  func forward(_ x: Map, count: Int, theta: FloatSlice, mode: NormMode, before: (Int) -> Void)

  /// Overwrites z of image n.
  func activate(_ n: Int)

  /// Turns a slot's gradient by z into that before the ReLU, and notes its sums: the first half of
  /// the backward pass, while dz is in the cache.
  func takeGradient(_ slot: Int, dz: FloatSlice, pass: BackwardPass)

  /// The backward pass after `forward` of the images and `takeGradient` of all slots.
  ///
  /// Brings the gradients of this unit's parameters that the pass wants. Overwrites `dx`, or adds to
  /// it, where there is one, and calls `after` for a slot when its dx is whole.
  func backward(
    _ x: Map, dz: Map, into dx: Map?, adding: Bool, theta: FloatSlice, pass: BackwardPass,
    after: (Int) -> Void)
}

/// Units between two maps, with all that they keep for the backward pass.
protocol Block: AnyObject {
  /// Activations; an image's are there after `activate`.
  var output: Map { get }
  /// Its convolutions, a shortcut's last.
  var units: [any ConvolutionUnit] { get }
  /// Whether the gradient by x takes the place of that by the output.
  var isIdentity: Bool { get }
  /// The end of the block's parameters: the backward pass has finished all before it.
  var gradientEnd: Int { get }

  /// Runs all convolutions; `before` is called for an image before x is read.
  func forward(_ x: Map, count: Int, theta: FloatSlice, mode: NormMode, before: (Int) -> Void)

  /// Overwrites image n of the output, after `forward`.
  func activate(_ n: Int, x: Map)

  /// Takes a slot's gradient by the output, before `backward`.
  func takeGradient(_ slot: Int, dz: FloatSlice, pass: BackwardPass)

  /// Turns `dz`, the gradient by the output (after `takeGradient`), into the gradient by x: in
  /// place (`dx` is `dz`) where the block is an identity, else in `dx`. `after` is called for a
  /// slot when its dx is whole, `gradientReady` with the end of the parameters that are done. All
  /// this stops where the pass has gone as far as it reaches.
  func backward(
    _ x: Map, dz: Map, dx: Map, theta: FloatSlice, pass: BackwardPass,
    after: (Int) -> Void, gradientReady: (Int) -> Void)
}
