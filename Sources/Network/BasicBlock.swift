import Core
import Kernels

/// Two convolution units around a shortcut: relu(bn(conv(relu(bn(conv x)))) + shortcut x).
///
/// Source: He et al., CVPR 2016, Fig. 2.
final class BasicBlock {
  let first: ConvolutionNorm, second: ConvolutionNorm
  /// Nil where the shortcut is the identity.
  private let padding: PaddingShortcut?
  private let padded: Map?

  init(first: ConvolutionNorm, second: ConvolutionNorm, capacity: Int) {
    self.first = first
    self.second = second
    let input = first.convolution.input
    let output = second.convolution.output
    if first.convolution.stride == 1 && input.channels == output.channels {
      padding = nil
      padded = nil
    } else {
      padding = PaddingShortcut(input: input, output: output)
      padded = Map(output.withHalo(1), capacity: capacity)
    }
  }

  var output: Map { second.z }
  var isIdentity: Bool { padding == nil }

  private func shortcut(_ x: Map, count: Int) -> Map {
    guard let padding, let padded else { return x }
    for n in 0..<count { padding.forward(x[n], into: padded[n]) }
    return padded
  }

  func forwardTraining(_ x: Map, count: Int, theta: FloatSlice, moments: FloatSlice) {
    first.forwardTraining(x, shortcut: nil, count: count, theta: theta, moments: moments)
    second.forwardTraining(
      first.z, shortcut: shortcut(x, count: count), count: count, theta: theta, moments: moments)
  }

  func forwardEvaluating(_ x: Map, count: Int, theta: FloatSlice, running: FloatSlice) {
    first.forwardEvaluating(x, shortcut: nil, count: count, theta: theta, running: running)
    second.forwardEvaluating(
      first.z, shortcut: shortcut(x, count: count), count: count, theta: theta, running: running)
  }

  /// Turns `dz`, the gradient by this block's output, into the gradient by x: in place (`dx` is
  /// `dz`) for an identity shortcut, else in `dx`. `inner` is scratch of the output's shape.
  func backward(
    _ x: Map, dz: Map, inner: Map, dx: Map, count: Int, theta: FloatSlice, gradient: FloatSlice
  ) {
    second.backward(
      first.z, dz: dz, into: inner, adding: false, count: count, theta: theta, gradient: gradient)
    if let padding { for n in 0..<count { padding.gradient(dz[n], into: dx[n]) } }
    first.backward(
      x, dz: inner, into: dx, adding: true, count: count, theta: theta, gradient: gradient)
  }
}
