/// The kernels of one instruction set. They check nothing: their callers validate.
///
/// "Plain" maps have no halo, "bordered" ones the halo of their `MapExtent`; see `Layout`.
/// Per-channel arguments hold 16 floats a block. Every kernel gives the same bits on every
/// instruction set that has fused multiply-add.
package protocol KernelSet: SendableMetatype {
  // MARK: Convolutions

  /// Runs `pass`. `input` points at the first tap of output (0, 0).
  static func convolve(
    _ pass: ConvolutionPass, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>)

  /// Runs `pass`; adds to `gradient` [taps][channels][16 k]. `input` points at the
  /// first tap of (0, 0), `outputGradient` at dy's first pixel.
  static func weightGradient(
    _ pass: WeightGradientPass, input: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>)

  /// Overwrites the pass's tiles of `planes` by Bᵀ d B of the 6 × 6 inputs d of each tile. `input`
  /// points at the map with a halo of 1, its border included.
  static func winogradInput(
    _ pass: WinogradPass, input: UnsafePointer<Float>, planes: UnsafeMutablePointer<Float>)

  /// Overwrites the pass's tiles of `planes` by A d Aᵀ of the 4 × 4 output gradients d of each
  /// tile. `gradient` points at the first pixel.
  static func winogradOutputGradient(
    _ pass: WinogradPass, gradient: UnsafePointer<Float>, planes: UnsafeMutablePointer<Float>)

  /// Overwrites the outputs of the pass's tiles by Aᵀ m A of `planes`, or adds it. `output` points
  /// at the first pixel.
  static func winogradOutput(
    _ pass: WinogradPass, planes: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    adds: Bool)

  /// Overwrites `planes` [36, `planeStride` apart][vectors] by G g Gᵀ of `weights` [9][vectors] of
  /// one pair of blocks.
  static func winogradWeights(
    _ weights: UnsafePointer<Float>, planes: UnsafeMutablePointer<Float>, planeStride: Int)

  /// Adds Gᵀ u G of `planes` to `gradient` [9][vectors] of one pair of blocks.
  static func winogradWeightGradient(
    planes: UnsafePointer<Float>, planeStride: Int, gradient: UnsafeMutablePointer<Float>)

  // MARK: Batch normalisation

  /// Overwrites, for one image's plain map: `sums` by Σ y, `squares` by Σ (y − m)² with m the
  /// image's own mean. Rows then columns; column w goes to partial sum w mod 4, and the four are
  /// added as (0 + 1) + (2 + 3).
  static func moments(
    _ extent: MapExtent, y: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>)

  /// Overwrites the inside of bordered z by y·scale + shift, y plain; by max(0, …) of it where
  /// `rectifies`.
  static func normalize(
    _ extent: MapExtent, y: UnsafePointer<Float>, scale: UnsafePointer<Float>,
    shift: UnsafePointer<Float>, rectifies: Bool, z: UnsafeMutablePointer<Float>)

  /// Overwrites the inside of bordered z by max(0, (y·scale + shift) + shortcut), the shortcut
  /// bordered by its own halo.
  static func normalizeAdding(
    _ extent: MapExtent, y: UnsafePointer<Float>, scale: UnsafePointer<Float>,
    shift: UnsafePointer<Float>, shortcut: UnsafePointer<Float>, shortcutHalo: Int,
    z: UnsafeMutablePointer<Float>)

  /// Sets plain dz to 0 where bordered z is not above 0, then overwrites `sums` by Σ dz and
  /// `products` by Σ dz·(y − mean), in the order of `moments`.
  static func maskGradient(
    _ extent: MapExtent, z: UnsafePointer<Float>, y: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Float>, products: UnsafeMutablePointer<Float>)

  /// The sums of `maskGradient` without its mask.
  static func gradientSums(
    _ extent: MapExtent, y: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    dz: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>,
    products: UnsafeMutablePointer<Float>)

  /// Overwrites the inside of bordered dy by a·dz + (b·(y − mean) + c), dz and y plain.
  static func normalizeGradient(
    _ extent: MapExtent, dz: UnsafePointer<Float>, y: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, a: UnsafePointer<Float>, b: UnsafePointer<Float>,
    c: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>)

  // MARK: Pooling

  /// Overwrites `means` by the mean of each channel of bordered z, rows then columns in one chain.
  static func averagePool(
    _ extent: MapExtent, z: UnsafePointer<Float>, means: UnsafeMutablePointer<Float>)

  /// Overwrites plain dz by `gradient` / (H·W) at every pixel.
  static func averagePoolGradient(
    _ extent: MapExtent, gradient: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>)

  /// Overwrites the outputs by the largest value of each window. The pointers are at the maps' first
  /// pixels.
  static func maxPool(
    _ pass: PoolingPass, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>)

  /// Adds each output's gradient to the place of its window's largest value, the first of equals
  /// (rows, then columns), as PyTorch does. The gradients are plain maps.
  static func maxPoolGradient(
    _ pass: PoolingPass, input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>)

  // MARK: Vectors

  /// Fused multiply-adds of 192 floats each round, in registers alone: the peak that a kernel is
  /// measured against. Returns the sum, so that nothing can be left out.
  static func multiplyAdd(rounds: Int) -> Float

  /// Σ a·b over `count`: lane i mod 16 adds its products in index order; lanes are added by halves.
  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float

  /// y ← y + alpha·x over `count`.
  static func addScaled(
    _ alpha: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, count: Int)

  /// y ← y + x over `count`.
  static func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int)

  /// y ← y rounded to bfloat16 over `count`: to the nearest, of two as near the even one; what is beyond the largest
  /// becomes infinite, a NaN stays one, of its sign.
  static func roundToBFloat16(_ y: UnsafeMutablePointer<Float>, count: Int)

  /// y ← y + x over `count`, in float32, then rounded likewise.
  static func addRounding(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int)

  /// One step of SGD over `count`, in PyTorch's order: d = gradient·scale + decay·θ;
  /// v ← momentum·v + d; θ ← θ − rate·(nesterov ? d + momentum·v : v).
  static func descend(
    _ step: DescentStep, gradient: UnsafePointer<Float>, velocity: UnsafeMutablePointer<Float>,
    parameters: UnsafeMutablePointer<Float>, count: Int)

  /// One step of Adam over `count`, in PyTorch's order: d = gradient·scale + decay·θ;
  /// m ← m + meanShare·(d − m); s ← squareKept·s + (squareShare·d)·d;
  /// θ ← θ − rate·(m / (√s·rootFactor + epsilon)).
  static func adapt(
    _ step: AdaptiveStep, gradient: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, parameters: UnsafeMutablePointer<Float>, count: Int)

  // MARK: Distances

  /// Overwrites `distances` [4][8] by Σ (x − c)² in Double of eight points [K][8] and four centres
  /// [K][4]: one chain each, K in order, nothing fused, so that all levels give the same bits.
  static func squaredDistances(
    points: UnsafePointer<Float>, centers: UnsafePointer<Double>, features: Int,
    distances: UnsafeMutablePointer<Double>)

  /// Compares each of eight points [K][8] with four centres [K][4] numbered `numbers`: one that is
  /// nearer than `distances` [8], or as near and of a lower number than `nearest` [8], replaces both.
  static func takeNearest(
    points: UnsafePointer<Float>, centers: UnsafePointer<Double>, features: Int,
    numbers: UnsafePointer<Int64>, nearest: UnsafeMutablePointer<Int64>,
    distances: UnsafeMutablePointer<Double>)
}

/// The numbers of one Adam step.
package struct AdaptiveStep {
  /// Factor of the gradient (1 / samples), weight decay and epsilon.
  package var scale: Float, decay: Float, epsilon: Float
  /// 1 − β₁; β₂ and 1 − β₂.
  package var meanShare: Float, squareKept: Float, squareShare: Float
  /// Learning rate / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ), t counting steps from 1.
  package var rate: Float, rootFactor: Float

  package init(
    scale: Float, decay: Float, epsilon: Float, meanShare: Float, squareKept: Float,
    squareShare: Float, rate: Float, rootFactor: Float
  ) {
    self.scale = scale
    self.decay = decay
    self.epsilon = epsilon
    self.meanShare = meanShare
    self.squareKept = squareKept
    self.squareShare = squareShare
    self.rate = rate
    self.rootFactor = rootFactor
  }
}

/// The numbers of one SGD step.
package struct DescentStep {
  /// Factor of the gradient (1 / samples), weight decay, momentum and learning rate.
  package var scale: Float, decay: Float, momentum: Float, rate: Float
  /// Nesterov's variant, as PyTorch has it.
  package var nesterov: Bool

  package init(scale: Float, decay: Float, momentum: Float, rate: Float, nesterov: Bool) {
    self.scale = scale
    self.decay = decay
    self.momentum = momentum
    self.rate = rate
    self.nesterov = nesterov
  }
}
