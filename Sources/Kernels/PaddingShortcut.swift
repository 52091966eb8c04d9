import Core
/// The parameter-free shortcut of CIFAR ResNets where a stage begins ("option A"): every second
/// row and column, the new channels zero, as many below as above the old ones.
///
/// Source: He et al., CVPR 2016, Sec. 4.2.
package struct PaddingShortcut: Sendable {
  /// The bordered maps on both sides.
  package let input: MapShape, output: MapShape
  /// Zero channels before the first old one.
  private let leading: Int

  /// From a map to one of `output`'s channels at half the extent (rounded up).
  package init(input: MapShape, output: MapShape) {
    precondition(output.height == (input.height + 1) / 2 && output.width == (input.width + 1) / 2)
    precondition(output.channels >= input.channels)
    self.input = input
    self.output = output
    leading = (output.channels - input.channels) / 2
  }

  /// Overwrites the inside of one image's bordered output; channels without source stay as they are
  /// (zero from the start).
  package func forward(_ x: FloatSlice, into y: FloatSlice) {
    precondition(x.count == input.count && y.count == output.count, "maps do not fit")
    let source = x.pointer
    let target = y.pointer
    forEachRun(input, output) { from, to, count in
      (target + to).update(from: source + from, count: count)
    }
  }

  /// Overwrites plain dx of one image by the gradient that plain dy brings.
  package func gradient(_ dy: FloatSlice, into dx: FloatSlice) {
    let (plainInput, plainOutput) = (input.withHalo(0), output.withHalo(0))
    precondition(dy.count == plainOutput.count && dx.count == plainInput.count, "maps do not fit")
    dx.fill(0)
    let source = dy.pointer
    let target = dx.pointer
    forEachRun(plainInput, plainOutput) { from, to, count in
      (target + from).update(from: source + to, count: count)
    }
  }

  /// Calls `body` for every pixel and every run of channels that lie side by side on both sides,
  /// with its place in either map and its length.
  @inline(__always)
  private func forEachRun(_ input: MapShape, _ output: MapShape, _ body: (Int, Int, Int) -> Void) {
    var c = 0
    while c < input.channels {
      let to = c + leading
      let count = min(
        input.channels - c, input.lanes - c % input.lanes, output.lanes - to % output.lanes)
      for h in 0..<output.height {
        for w in 0..<output.width {
          body(input.index(c, 2 * h, 2 * w), output.index(to, h, w), count)
        }
      }
      c += count
    }
  }
}
