import Core
import Kernels

/// Two or three convolution units around a shortcut: relu(F(x) + shortcut(x)).
///
/// Source: He et al., CVPR 2016, Figs. 2 and 5.
final class ResidualBlock: Block {
  /// F(x).
  private let branch: [ConvolutionNorm]
  private let shortcut: Shortcut
  /// Gradients by the input of every unit but the first.
  private let inner: [Map]
  private let team: ThreadTeam

  /// What is added to the last unit's output.
  private enum Shortcut {
    case identity
    case padding(PaddingShortcut, Map)
    case projection(ConvolutionNorm)
  }

  /// A block whose shortcut is the projection, or else free of parameters. `innerGradient` gives
  /// the map of a unit's number and shape, shared with other blocks.
  init(
    units: [ConvolutionNorm], projection: ConvolutionNorm?, capacity: Int, team: ThreadTeam,
    innerGradient: (Int, MapShape) -> Map
  ) {
    self.team = team
    branch = units
    inner = units.indices.dropFirst().map {
      innerGradient($0, units[$0].convolution.input.withHalo(0))
    }
    let input = units[0].convolution.input
    let output = units[units.count - 1].z.shape
    if let projection {
      shortcut = .projection(projection)
    } else if input.withHalo(0) == output.withHalo(0) {
      shortcut = .identity
    } else {
      shortcut = .padding(
        PaddingShortcut(input: input, output: output), Map(output, capacity: capacity))
    }
  }

  private var last: ConvolutionNorm { branch[branch.count - 1] }

  var units: [any ConvolutionUnit] {
    if case .projection(let projection) = shortcut { branch + [projection] } else { branch }
  }

  /// Activations; an image's are there after `activate`.
  var output: Map { last.z }
  /// Whether the gradient by x takes the place of that by the output.
  var isIdentity: Bool { if case .identity = shortcut { true } else { false } }

  /// The end of the block's parameters: the backward pass has finished all before it.
  var gradientEnd: Int { branch[0].gradientEnd }

  /// Runs all convolutions; `before` is called for an image before x is read.
  func forward(
    _ x: Map, count: Int, theta: FloatSlice, mode: NormMode, before: (Int) -> Void
  ) {
    var isRead = false
    if case .projection(let projection) = shortcut {
      projection.forward(x, count: count, theta: theta, mode: mode, before: before)
      isRead = true
    }
    for (i, unit) in branch.enumerated() {
      if i > 0 {
        let previous = branch[i - 1]
        unit.forward(previous.z, count: count, theta: theta, mode: mode) { previous.activate($0) }
      } else if isRead {
        unit.forward(x, count: count, theta: theta, mode: mode) { _ in }
      } else {
        unit.forward(x, count: count, theta: theta, mode: mode, before: before)
      }
    }
  }

  /// Overwrites image n of the output, after `forward`.
  func activate(_ n: Int, x: Map) {
    switch shortcut {
    case .identity: last.activate(n, shortcut: (x[n], x.shape))
    case .padding(let padding, let padded):
      padding.forward(x[n], into: padded[n])
      last.activate(n, shortcut: (padded[n], padded.shape))
    case .projection(let projection):
      projection.activate(n)
      last.activate(n, shortcut: (projection.z[n], projection.z.shape))
    }
  }

  /// Takes a slot's gradient by the output, which it leaves masked by the ReLU.
  func takeGradient(_ slot: Int, dz: FloatSlice, pass: BackwardPass) {
    last.takeGradient(slot, dz: dz, pass: pass)
    if case .projection(let projection) = shortcut {
      projection.takeGradient(slot, dz: dz, pass: pass)
    }
  }

  /// Turns `dz`, the gradient by the output (after `takeGradient`), into the gradient by x: in
  /// place (`dx` is `dz`) for an identity shortcut, else in `dx`. `after` is called for a slot
  /// when its dx is whole, `gradientReady` with the end of the parameters that are done. All this
  /// stops where the pass has gone as far as it reaches.
  func backward(
    _ x: Map, dz: Map, dx: Map, theta: FloatSlice, pass: BackwardPass,
    after: (Int) -> Void, gradientReady: (Int) -> Void
  ) {
    let dx = pass.goesBehind(gradientEnd) ? dx : nil
    if case .projection(let projection) = shortcut {
      projection.backward(x, dz: dz, into: dx, adding: false, theta: theta, pass: pass) { _ in }
      gradientReady(projection.gradientEnd)
    }
    for i in branch.indices.dropFirst().reversed() {
      guard pass.goesBehind(branch[i].gradientStart) else { return }
      let previous = branch[i - 1]
      let by = inner[i - 1]
      branch[i].backward(
        previous.z, dz: i == branch.count - 1 ? dz : inner[i],
        into: pass.goesBehind(branch[i].gradientEnd) ? by : nil, adding: false, theta: theta,
        pass: pass
      ) { previous.takeGradient($0, dz: by[$0], pass: pass) }
      gradientReady(branch[i].gradientEnd)
    }
    guard pass.goesBehind(branch[0].gradientStart) else { return }
    if case .padding(let padding, _) = shortcut, let dx {
      team.forEach(pass.slotCount) { n, _ in padding.gradient(dz[n], into: dx[n]) }
    }
    branch[0].backward(
      x, dz: inner[0], into: dx, adding: true, theta: theta, pass: pass, after: after)
    gradientReady(branch[0].gradientEnd)
  }
}
