/// Which register tile serves which shape: a rule, never a timing.
enum Tiling {
  #if KERNELS_AVX512
    /// Two blocks of output channels share each broadcast: 8 × 2 sums of 32 registers.
    static let pairsBlocks = true
    /// Channels of a weight-gradient tile beside its 3 taps: 24 sums of 32 registers.
    static let gradientChannels = 8
  #else
    /// 6 × 1 sums fill 12 of 16 registers.
    static let pairsBlocks = false
    /// 3 × 2 sums fill 12 of 16 registers.
    static let gradientChannels = 2
  #endif

  /// Pixels of the next tile of a row: the widest tile (of at least 4) that divides the row, else
  /// the widest that fits.
  @inline(__always)
  static func width(columns: Int, at column: Int, blocks: Int) -> Int {
    #if KERNELS_AVX512
      if blocks == 1 && columns % 16 == 0 { return 16 }
      if blocks == 1 && columns % 14 == 0 { return 14 }
      if columns % 8 == 0 { return 8 }
      if columns % 7 == 0 { return 7 }
      if columns % 4 == 0 { return 4 }
      let rest = columns - column
      if rest >= 8 { return 8 }
    #else
      if columns % 6 == 0 { return 6 }
      if columns % 4 == 0 { return 4 }
      let rest = columns - column
      if rest >= 6 { return 6 }
    #endif
    return rest >= 4 ? 4 : rest >= 2 ? 2 : 1
  }
}
