#if KERNELS_AVX512
  import KernelInterface

  /// A register tile of a weight gradient: all taps of some kernel rows × some channels, for one block
  /// of output channels. The pixels of dy wait in registers for the columns of the input that they
  /// meet, so that each pixel of the input is broadcast once for all taps of a row. Otherwise as
  /// `WeightGradientTile`.
  ///
  /// `Lanes` are those of the input's pixels. Rows have at least as many columns as wait.
  private struct SlidingGradientTile<
    let Rows: Int, let Taps: Int, let Stride: Int, let Lanes: Int, let Channels: Int
  > {
    private typealias Sums = InlineArray<Rows, InlineArray<Taps, InlineArray<Channels, Vector>>>

    /// Pixels of dy that wait behind the newest.
    static var waiting: Int { (Taps - 1) / Stride }

    @inline(__always)
    static func run(
      _ pass: WeightGradientPass, rows: GradientRows, _ input: UnsafePointer<Float>,
      _ outputGradient: UnsafePointer<Float>, chains: UnsafeMutablePointer<Float>?,
      _ gradient: UnsafeMutablePointer<Float>
    ) {
      var sums = Sums(repeating: .init(repeating: .init(repeating: Vector())))
      if let chains, !rows.begins {
        forEach { r, t, c in sums[r][t][c] = load(chains + place(r, t, c, pass)) }
      }
      // The newest pixel of dy, and those before it: at most four wait.
      var d = InlineArray<5, Vector>(repeating: Vector())

      /// The products of Stride columns of the input with the pixels `first...last` of d.
      @inline(__always)
      func add(_ x: UnsafePointer<Float>, _ first: Int, _ last: Int) {
        for r in 0..<Rows {
          unrolled4(Stride) { column in
            guard column + first * Stride < Taps else { return }
            for c in 0..<Channels {
              let pixel = Vector(repeating: x[r * pass.kernelRowStride + column * Lanes + c])
              unrolled7(Taps) { t in
                guard t % Stride == column && t / Stride >= first && t / Stride <= last else {
                  return
                }
                sums[r][t][c].addProduct(pixel, d[t / Stride])
              }
            }
          }
        }
      }
      @inline(__always)
      func shift() {
        unrolled4(waiting) { i in d[waiting - i] = d[waiting - 1 - i] }
      }

      rows.forEach(pass, input, outputGradient) { x, dy in
        var (x, dy) = (x, dy)
        unrolled4(waiting) { column in
          shift()
          d[0] = load(dy)
          add(x, 0, column)
          x += Stride * Lanes
          dy += Layout.lanes
        }
        for _ in waiting..<pass.columns {
          shift()
          d[0] = load(dy)
          add(x, 0, waiting)
          x += Stride * Lanes
          dy += Layout.lanes
        }
        unrolled4(waiting) { column in
          shift()
          add(x, column + 1, waiting)
          x += Stride * Lanes
        }
      }
      if let chains, !rows.ends {
        forEach { r, t, c in store(sums[r][t][c], chains + place(r, t, c, pass)) }
      } else {
        forEach { r, t, c in
          let g = gradient + place(r, t, c, pass)
          store(load(g) + sums[r][t][c], g)
        }
      }
    }

    @inline(__always)
    private static func place(_ r: Int, _ t: Int, _ c: Int, _ pass: WeightGradientPass) -> Int {
      ((r * Taps + t) * pass.channels + c) * Layout.lanes
    }

    @inline(__always)
    private static func forEach(_ body: (_ row: Int, _ tap: Int, _ channel: Int) -> Void) {
      for r in 0..<Rows {
        for t in 0..<Taps {
          for c in 0..<Channels { body(r, t, c) }
        }
      }
    }
  }

  /// Walks some kernel rows, and all channels, in sliding tiles. Few loads a multiply-add let rows come
  /// from the second-level cache.
  private struct SlidingGradientWalk<
    let Rows: Int, let Taps: Int, let Stride: Int, let Lanes: Int, let Channels: Int
  > {
    @inline(never)
    static func run(
      _ pass: WeightGradientPass, kernelRow: Int, _ input: UnsafePointer<Float>,
      _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
    ) {
      let x = input + kernelRow * pass.kernelRowStride
      let g = gradient + kernelRow * Taps * pass.channels * Layout.lanes
      walkRows(pass, bytes: 96 << 10) { rows, chains in
        for c in stride(from: 0, to: pass.channels, by: Channels) {
          let first = c * Layout.lanes
          SlidingGradientTile<Rows, Taps, Stride, Lanes, Channels>.run(
            pass, rows: rows, x + c, outputGradient, chains: chains.map { $0 + first }, g + first)
        }
      }
    }
  }

  /// The weight gradients that slide.
  enum SlidingWeightGradient {
    /// Columns below which the beginnings and ends of rows cost more than sliding saves. No tile has
    /// more pixels waiting.
    private static let shortestRow = 6

    /// Runs a pass for one block of output channels; returns false, and does nothing, where it is none
    /// that slides.
    @inline(__always)
    static func run(
      _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
      _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
    ) -> Bool {
      guard pass.columns >= shortestRow else { return false }
      let stride = pass.inputPixelStride / pass.lanes
      switch (pass.lanes, pass.kernelRows, pass.taps, stride, pass.channels) {
      case (16, _, 3, 1, _):
        for row in 0..<pass.kernelRows {
          SlidingGradientWalk<1, 3, 1, 16, 4>.run(
            pass, kernelRow: row, input, outputGradient, gradient)
        }
      case (16, _, 3, 2, _):
        for row in 0..<pass.kernelRows {
          SlidingGradientWalk<1, 3, 2, 16, 4>.run(
            pass, kernelRow: row, input, outputGradient, gradient)
        }
      case (16, _, 5, 1, _):
        for row in 0..<pass.kernelRows {
          SlidingGradientWalk<1, 5, 1, 16, 4>.run(
            pass, kernelRow: row, input, outputGradient, gradient)
        }
      case (4, 3, 3, 1, 1):
        SlidingGradientWalk<3, 3, 1, 4, 1>.run(pass, kernelRow: 0, input, outputGradient, gradient)
      case (4, 3, 3, 1, 3):
        SlidingGradientWalk<2, 3, 1, 4, 3>.run(pass, kernelRow: 0, input, outputGradient, gradient)
        SlidingGradientWalk<1, 3, 1, 4, 3>.run(pass, kernelRow: 2, input, outputGradient, gradient)
      case (4, 1, 7, 2, 3):
        SlidingGradientWalk<1, 7, 2, 4, 3>.run(pass, kernelRow: 0, input, outputGradient, gradient)
      default:
        return false
      }
      return true
    }
  }
#endif
