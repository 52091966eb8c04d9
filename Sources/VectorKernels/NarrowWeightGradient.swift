import KernelInterface

/// A register tile of the weight gradient of a narrow map: entries (kernel row, tap, channel) that
/// follow each other in dw, so that few channels fill as many registers as many. Otherwise as
/// `WeightGradientTile`.
private struct NarrowWeightGradientTile<let Entries: Int> {
  @inline(__always)
  static func run(
    _ pass: WeightGradientPass, _ entry: inout GradientEntry, rows: GradientRows,
    _ input: UnsafePointer<Float>, _ outputGradient: UnsafePointer<Float>,
    chains: UnsafeMutablePointer<Float>?, _ gradient: UnsafeMutablePointer<Float>
  ) {
    let first = entry.number * Layout.lanes
    var offsets = InlineArray<Entries, Int>(repeating: 0)
    for e in 0..<Entries { offsets[e] = entry.next(pass) }
    var sums = InlineArray<Entries, Vector>(repeating: Vector())
    if let chains, !rows.begins {
      for e in 0..<Entries { sums[e] = load(chains + (first + e * Layout.lanes)) }
    }
    rows.forEach(pass, input, outputGradient) { x, dy in
      var (x, dy) = (x, dy)
      for _ in 0..<pass.columns {
        let d = load(dy)
        for e in 0..<Entries { sums[e].addProduct(Vector(repeating: x[offsets[e]]), d) }
        x += pass.inputPixelStride
        dy += Layout.lanes
      }
    }
    for e in 0..<Entries {
      if let chains, !rows.ends {
        store(sums[e], chains + (first + e * Layout.lanes))
      } else {
        let g = gradient + (first + e * Layout.lanes)
        store(load(g) + sums[e], g)
      }
    }
  }
}

/// Entries in the order of dw.
private struct GradientEntry {
  /// Entries before this one.
  private(set) var number = 0
  private var row = 0, tap = 0, channel = 0

  /// The entry's offset in x; goes on to the next.
  @inline(__always)
  mutating func next(_ pass: WeightGradientPass) -> Int {
    let offset = row * pass.kernelRowStride + tap * Layout.narrowLanes + channel
    number += 1
    channel += 1
    if channel == pass.channels { (tap, channel) = (tap + 1, 0) }
    if tap == pass.taps { (row, tap) = (row + 1, 0) }
    return offset
  }
}

/// Walks the entries of a narrow map's weight gradient in tiles.
enum NarrowWeightGradient {
  @inline(never)
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    let count = pass.kernelRows * pass.taps * pass.channels
    walkRows(pass) { rows, chains in
      var entry = GradientEntry()
      while entry.number < count {
        let width = Tiling.gradientWidth(
          rest: count - entry.number, most: Tiling.narrowGradientEntries)
        switch width {
        #if KERNELS_AVX512
          case 9:
            NarrowWeightGradientTile<9>.run(
              pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
          case 8:
            NarrowWeightGradientTile<8>.run(
              pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
          case 7:
            NarrowWeightGradientTile<7>.run(
              pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
        #endif
        case 6:
          NarrowWeightGradientTile<6>.run(
            pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
        case 5:
          NarrowWeightGradientTile<5>.run(
            pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
        case 4:
          NarrowWeightGradientTile<4>.run(
            pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
        case 3:
          NarrowWeightGradientTile<3>.run(
            pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
        case 2:
          NarrowWeightGradientTile<2>.run(
            pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
        default:
          NarrowWeightGradientTile<1>.run(
            pass, &entry, rows: rows, input, outputGradient, chains: chains, gradient)
        }
      }
    }
  }
}
