import KernelInterface

/// Which register tile serves which shape: a rule, never a timing.
enum Tiling {
  #if KERNELS_AVX512
    /// Two blocks of output channels share each broadcast: 8 × 2 sums of 32 registers.
    static let pairsBlocks = true
    /// Pixels of a tile of listed ones at most.
    static let listedPixels = 8
    /// Entries of a weight-gradient tile of a narrow map: as many offsets as have registers.
    static let narrowGradientEntries = 9
  #else
    /// 6 × 1 sums fill 12 of 16 registers.
    static let pairsBlocks = false
    /// Pixels of a tile of listed ones at most.
    static let listedPixels = 6
    /// Entries of a weight-gradient tile of a narrow map.
    static let narrowGradientEntries = 6
  #endif

  /// The next tiles of a row: their pixels, and how many are alike.
  ///
  /// AVX-512: the widest tile (of at least 4) that divides the row, else the widest that fits.
  /// AVX2: the row in as few tiles as can be, of nearly equal width; a tile of 4 already has as many
  /// sums as additions in flight. Where two outputs lie at an input pixel, only the last tile is odd.
  @inline(__always)
  static func tiles(columns: Int, at column: Int, blocks: Int, outputsPerInput: Int)
    -> (width: Int, count: Int)
  {
    let rest = columns - column
    #if KERNELS_AVX512
      if blocks == 1 && columns % 16 == 0 { return (16, rest / 16) }
      if blocks == 1 && columns % 14 == 0 { return (14, rest / 14) }
      if columns % 8 == 0 { return (8, rest / 8) }
      if columns % 7 == 0 && outputsPerInput == 1 { return (7, rest / 7) }
      if columns % 4 == 0 { return (4, rest / 4) }
      return rest >= 8 ? (8, rest / 8) : rest >= 4 ? (4, 1) : rest >= 2 ? (2, 1) : (1, 1)
    #else
      if outputsPerInput > 1 { return (min(rest, 6), max(1, rest / 6)) }
      let tiles = (rest + 5) / 6
      let width = (rest + tiles - 1) / tiles
      return (width, rest - tiles * (width - 1))
    #endif
  }

  /// Whether the pixels of a pass form one list, in which a tile may go on in the next row: none that
  /// takes its taps in rows. AVX-512:
  /// where no tile of at least 7 pixels divides the rows, but for a single block, which wants wider
  /// ones; AVX2: where rows of their own would leave tiles of less than 5 pixels.
  @inline(__always)
  static func listsPixels(_ pass: ConvolutionPass, isPair: Bool) -> Bool {
    guard pass.tapsPerRow == 1 else { return false }
    #if KERNELS_AVX512
      return isPair && pass.columns % 8 != 0 && pass.columns % 7 != 0
    #else
      return pass.columns < 5 || (7...8).contains(pass.columns)
    #endif
  }

  /// Input blocks that a direct convolution sums at a time: as many as have 20 KiB of weights.
  @inline(__always)
  static func inputBlocks(_ pass: ConvolutionPass, outputBlocks: Int) -> Int {
    let taps = pass.tapCount * pass.tapsPerRow
    let bytes = max(1, taps) * pass.channelsPerBlock * outputBlocks * 64
    return max(1, (20 << 10) / bytes)
  }

  /// Channels of a weight-gradient tile at most. AVX-512: 24 sums of 32 registers beside 3 taps, 16
  /// beside one; AVX2: 6 sums, 12 of 16 registers.
  @inline(__always)
  static func gradientChannels(taps: Int, blocks: Int) -> Int {
    #if KERNELS_AVX512
      return (taps == 1 ? 16 : 8) / blocks
    #else
      return taps == 1 ? 6 : 2
    #endif
  }

  /// Channels of the next weight-gradient tile, of `rest` that remain: as few tiles as can be, of
  /// nearly equal width.
  @inline(__always)
  static func gradientWidth(rest: Int, most: Int) -> Int {
    let tiles = (rest + most - 1) / most
    return (rest + tiles - 1) / tiles
  }
}
