import Core
/// The parameter-free shortcut of CIFAR ResNets where a stage begins ("option A"): every second
/// row and column, the new channels zero, as many below as above the old ones.
///
/// Source: He et al., CVPR 2016, Sec. 4.2.
public struct PaddingShortcut: Sendable {
  /// The maps on both sides, without halo.
  public let input: MapShape, output: MapShape
  /// Zero channels before the first old one.
  private let leading: Int

  /// From a map to one of `output`'s channels at half the extent (rounded up).
  public init(input: MapShape, output: MapShape) {
    precondition(output.height == (input.height + 1) / 2 && output.width == (input.width + 1) / 2)
    precondition(output.channels >= input.channels)
    self.input = input.withHalo(0)
    self.output = output.withHalo(0)
    leading = (output.channels - input.channels) / 2
  }

  /// Overwrites the inside of one image's bordered output; channels without source stay as they are
  /// (zero from the start).
  public func forward(_ x: FloatSlice, into y: FloatSlice) {
    let from = input.withHalo(1)
    let to = output.withHalo(1)
    precondition(x.count == from.count && y.count == to.count, "maps do not fit")
    let source = x.pointer
    let target = y.pointer
    forEachPair { c, h, w in
      target[to.index(c + leading, h, w)] = source[from.index(c, 2 * h, 2 * w)]
    }
  }

  /// Overwrites plain dx of one image by the gradient that plain dy brings.
  public func gradient(_ dy: FloatSlice, into dx: FloatSlice) {
    precondition(dy.count == output.count && dx.count == input.count, "maps do not fit")
    dx.fill(0)
    let source = dy.pointer
    let target = dx.pointer
    forEachPair { c, h, w in
      target[input.index(c, 2 * h, 2 * w)] = source[output.index(c + leading, h, w)]
    }
  }

  @inline(__always)
  private func forEachPair(_ body: (Int, Int, Int) -> Void) {
    for block in 0..<input.blocks {
      let channels = block * input.lanes..<min(input.channels, (block + 1) * input.lanes)
      for h in 0..<output.height {
        for w in 0..<output.width { for c in channels { body(c, h, w) } }
      }
    }
  }
}
