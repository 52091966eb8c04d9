import KernelInterface

/// Some rows of a pass, counted over all its images.
struct GradientRows {
  /// The image and the row of the first one.
  var image = 0, row = 0
  var count: Int
  /// Whether chains begin, or end, with these rows.
  var begins: Bool, ends: Bool

  /// Calls `body` with the first pixels of each row in x and in dy.
  @inline(__always)
  func forEach(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>,
    _ body: (_ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>) -> Void
  ) {
    var (image, row) = (image, row)
    for _ in 0..<count {
      body(
        input + (image * pass.inputImageStride + row * pass.inputRowStride),
        outputGradient + (image * pass.outputImageStride + row * pass.outputRowStride))
      row += 1
      if row == pass.rows { (image, row) = (image + 1, 0) }
    }
  }
}

/// Walks some rows at a time, `body` for each: as many as have `bytes` of the input and of `blocks`
/// blocks of dy, which stay in a cache for all tiles. Chains of at most 96 entries (block, tap,
/// channel) wait in memory meanwhile.
@inline(__always)
func walkRows(
  _ pass: WeightGradientPass, bytes: Int = 20 << 10, blocks: Int = 1,
  _ body: (_ rows: GradientRows, _ chains: UnsafeMutablePointer<Float>?) -> Void
) {
  let count = pass.images * pass.rows
  let floats = pass.columns * (pass.inputPixelStride + blocks * Layout.lanes)
  let most = max(1, bytes / 4 / floats)
  guard count > most else {
    return body(GradientRows(count: count, begins: true, ends: true), nil)
  }
  let parts = (count + most - 1) / most
  let step = (count + parts - 1) / parts
  var chains = InlineArray<1536, Float>(repeating: 0)  // 96 entries × 16 filters
  var span = chains.mutableSpan
  span.withUnsafeMutableBufferPointer { chains in
    var rows = GradientRows(count: step, begins: true, ends: false)
    var first = 0
    while first < count {
      rows.count = min(step, count - first)
      rows.begins = first == 0
      first += rows.count
      rows.ends = first == count
      body(rows, chains.baseAddress)
      rows.row += rows.count
      while rows.row >= pass.rows {
        rows.row -= pass.rows
        rows.image += 1
      }
    }
  }
}
