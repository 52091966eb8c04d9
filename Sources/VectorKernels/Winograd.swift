import KernelInterface

/// Winograd's minimal filtering F(4×4, 3×3): 36 products for 16 outputs instead of 144.
///
///     y  = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A      forward: d 6 × 6 inputs, g 3 × 3 weights
///     dg = Gᵀ [(A dy Aᵀ) ⊙ (Bᵀ d B)] G     the same bilinear form, by its weights
///
/// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, Sec. 4,
/// https://arxiv.org/abs/1509.09308; but interpolated at 0, ±√½, ±√2 and ∞ instead of 0, ±1, ±2 and
/// ∞: powers of such points stay near 1, and the error falls to a quarter. (How points make the
/// error: Barabasz et al., ACM TOMS 2020, https://arxiv.org/abs/1803.10986.)
///
/// A tile's 36 values go to 36 planes, each of which is then a plain matrix product over channels.
/// Every value is computed lane by lane in the order written here.
private enum Transform {
  #if KERNELS_AVX512
    /// As many lanes as leave the six operands and their six results in registers.
    typealias Lanes = SIMD16<Float>
  #else
    /// As many lanes as leave the six operands and their six results in registers.
    typealias Lanes = SIMD8<Float>
  #endif
  typealias Six = InlineArray<6, Lanes>
  typealias Four = InlineArray<4, Lanes>
  typealias Three = InlineArray<3, Lanes>

  /// √½ and √2, the interpolation points a and b = 1/a.
  static var a: Float { 0.707_106_78 }
  static var b: Float { 1.414_213_6 }

  @inline(__always)
  static func all(_ value: Float) -> Lanes { Lanes(repeating: value) }

  /// Bᵀ d.
  @inline(__always)
  static func input(_ d: Six) -> Six {
    let evenA = d[4].addingProduct(d[2], all(-2))
    let oddA = d[3].addingProduct(d[1], all(-2))
    let evenB = d[4].addingProduct(d[2], all(-0.5))
    let oddB = d[3].addingProduct(d[1], all(-0.5))
    return [
      (d[0] + d[4]).addingProduct(d[2], all(-2.5)),
      evenA.addingProduct(oddA, all(a)), evenA.addingProduct(oddA, all(-a)),
      evenB.addingProduct(oddB, all(b)), evenB.addingProduct(oddB, all(-b)),
      (d[1] + d[5]).addingProduct(d[3], all(-2.5)),
    ]
  }

  /// Aᵀ m.
  @inline(__always)
  static func output(_ m: Six) -> Four {
    let sumA = m[1] + m[2]
    let differenceA = m[1] - m[2]
    let sumB = m[3] + m[4]
    let differenceB = m[3] - m[4]
    return [
      (m[0] + sumA) + sumB,
      differenceA.addingProduct(differenceB, all(2)) * all(a),
      (sumA * all(0.5)).addingProduct(sumB, all(2)),
      m[5].addingProduct(differenceA.addingProduct(differenceB, all(8)), all(a / 2)),
    ]
  }

  /// A y.
  @inline(__always)
  static func outputGradient(_ y: Four) -> Six {
    let evenA = y[0].addingProduct(y[2], all(0.5))
    let oddA = y[1].addingProduct(y[3], all(0.5))
    let evenB = y[0].addingProduct(y[2], all(2))
    let oddB = y[1].addingProduct(y[3], all(2))
    return [
      y[0], evenA.addingProduct(oddA, all(a)), evenA.addingProduct(oddA, all(-a)),
      evenB.addingProduct(oddB, all(b)), evenB.addingProduct(oddB, all(-b)), y[3],
    ]
  }

  /// G g.
  @inline(__always)
  static func weights(_ g: Three) -> Six {
    let evenA = (g[0] * all(-2 / 3)).addingProduct(g[2], all(-1 / 3))
    let evenB = (g[0] * all(1 / 6)).addingProduct(g[2], all(1 / 3))
    return [
      g[0], evenA.addingProduct(g[1], all(-2 * a / 3)), evenA.addingProduct(g[1], all(2 * a / 3)),
      evenB.addingProduct(g[1], all(b / 6)), evenB.addingProduct(g[1], all(-b / 6)), g[2],
    ]
  }

  /// Gᵀ u.
  @inline(__always)
  static func weightGradient(_ u: Six) -> Three {
    let sumA = u[1] + u[2]
    let differenceA = u[1] - u[2]
    let sumB = u[3] + u[4]
    let differenceB = u[3] - u[4]
    return [
      u[0].addingProduct(sumA, all(-2 / 3)).addingProduct(sumB, all(1 / 6)),
      (differenceA * all(-2 * a / 3)).addingProduct(differenceB, all(b / 6)),
      u[5].addingProduct(sumB - sumA, all(1 / 3)),
    ]
  }

  @inline(__always)
  static func load(_ p: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  static func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Lanes.self)
  }

  /// Calls `body` with the first lane of each part of a block.
  @inline(__always)
  static func forEachPart(_ body: (Int) -> Void) {
    for lane in stride(from: 0, to: Layout.lanes, by: Lanes.scalarCount) { body(lane) }
  }
}

extension VectorKernels {
  /// Calls `body` for every tile of every block: the block, the tile's first row and column, and
  /// where its value of the first plane lies.
  @inline(__always)
  private static func forEachTile(
    _ pass: WinogradPass, _ body: (Int, Int, Int, Int) -> Void
  ) {
    let across = pass.tilesAcross
    for block in 0..<pass.blocks {
      var row = pass.firstTile / across
      var column = pass.firstTile % across
      for tile in 0..<pass.tileCount {
        body(block, 4 * row, 4 * column, block * pass.planeBlockStride + tile * Layout.lanes)
        column += 1
        if column == across { (row, column) = (row + 1, 0) }
      }
    }
  }

  package static func winogradInput(
    _ pass: WinogradPass, input: UnsafePointer<Float>, planes: UnsafeMutablePointer<Float>
  ) {
    // Here, since zeroing it takes a call, which is much for a tile.
    var half = InlineArray<6, Transform.Six>(repeating: .init(repeating: .init()))
    forEachTile(pass) { block, row, column, place in
      let x = input + (block * pass.blockStride + row * pass.rowStride + column * Layout.lanes)
      let rows = min(6, pass.rows + 2 - row)
      let columns = min(6, pass.columns + 2 - column)
      Transform.forEachPart { lane in
        if rows == 6 && columns == 6 {
          for r in 0..<6 {
            let from = x + (r * pass.rowStride + lane)
            half[r] = Transform.input([
              Transform.load(from), Transform.load(from + 16), Transform.load(from + 32),
              Transform.load(from + 48), Transform.load(from + 64), Transform.load(from + 80),
            ])
          }
        } else {
          for r in 0..<rows {
            let from = x + (r * pass.rowStride + lane)
            var d = Transform.Six(repeating: .init())
            for c in 0..<columns { d[c] = Transform.load(from + c * Layout.lanes) }
            half[r] = Transform.input(d)
          }
          for r in rows..<6 { half[r] = .init(repeating: .init()) }
        }
        for c in 0..<6 {
          let v = Transform.input([
            half[0][c], half[1][c], half[2][c], half[3][c], half[4][c], half[5][c],
          ])
          let to = planes + (place + lane + c * pass.planeStride)
          for r in 0..<6 { Transform.store(v[r], to + 6 * r * pass.planeStride) }
        }
      }
    }
  }

  package static func winogradOutputGradient(
    _ pass: WinogradPass, gradient: UnsafePointer<Float>, planes: UnsafeMutablePointer<Float>
  ) {
    var half = InlineArray<4, Transform.Six>(repeating: .init(repeating: .init()))
    forEachTile(pass) { block, row, column, place in
      let dy = gradient + (block * pass.blockStride + row * pass.rowStride + column * Layout.lanes)
      let rows = min(4, pass.rows - row)
      let columns = min(4, pass.columns - column)
      Transform.forEachPart { lane in
        if rows == 4 && columns == 4 {
          for r in 0..<4 {
            let from = dy + (r * pass.rowStride + lane)
            half[r] = Transform.outputGradient([
              Transform.load(from), Transform.load(from + 16), Transform.load(from + 32),
              Transform.load(from + 48),
            ])
          }
        } else {
          for r in 0..<rows {
            let from = dy + (r * pass.rowStride + lane)
            var d = Transform.Four(repeating: .init())
            for c in 0..<columns { d[c] = Transform.load(from + c * Layout.lanes) }
            half[r] = Transform.outputGradient(d)
          }
          for r in rows..<4 { half[r] = .init(repeating: .init()) }
        }
        for c in 0..<6 {
          let v = Transform.outputGradient([half[0][c], half[1][c], half[2][c], half[3][c]])
          let to = planes + (place + lane + c * pass.planeStride)
          for r in 0..<6 { Transform.store(v[r], to + 6 * r * pass.planeStride) }
        }
      }
    }
  }

  package static func winogradOutput(
    _ pass: WinogradPass, planes: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    adds: Bool
  ) {
    func put(_ v: Transform.Lanes, _ to: UnsafeMutablePointer<Float>) {
      Transform.store(adds ? Transform.load(to) + v : v, to)
    }
    forEachTile(pass) { block, row, column, place in
      let y = output + (block * pass.blockStride + row * pass.rowStride + column * Layout.lanes)
      let rows = min(4, pass.rows - row)
      let columns = min(4, pass.columns - column)
      Transform.forEachPart { lane in
        var half = InlineArray<6, Transform.Four>(repeating: .init(repeating: .init()))
        for r in 0..<6 {
          let from = planes + (place + lane + 6 * r * pass.planeStride)
          half[r] = Transform.output([
            Transform.load(from), Transform.load(from + pass.planeStride),
            Transform.load(from + 2 * pass.planeStride),
            Transform.load(from + 3 * pass.planeStride),
            Transform.load(from + 4 * pass.planeStride),
            Transform.load(from + 5 * pass.planeStride),
          ])
        }
        for c in 0..<columns {
          let v = Transform.output([
            half[0][c], half[1][c], half[2][c], half[3][c], half[4][c], half[5][c],
          ])
          let to = y + (c * Layout.lanes + lane)
          if rows == 4 {
            for r in 0..<4 { put(v[r], to + r * pass.rowStride) }
          } else {
            for r in 0..<rows { put(v[r], to + r * pass.rowStride) }
          }
        }
      }
    }
  }

  package static func winogradWeights(
    _ weights: UnsafePointer<Float>, planes: UnsafeMutablePointer<Float>, planeStride: Int
  ) {
    let square = Layout.lanes * Layout.lanes
    for at in stride(from: 0, to: square, by: Transform.Lanes.scalarCount) {
      var half = InlineArray<3, Transform.Six>(repeating: .init(repeating: .init()))
      for r in 0..<3 {
        var g = Transform.Three(repeating: .init())
        for c in 0..<3 { g[c] = Transform.load(weights + ((3 * r + c) * square + at)) }
        half[r] = Transform.weights(g)
      }
      for c in 0..<6 {
        let u = Transform.weights([half[0][c], half[1][c], half[2][c]])
        for r in 0..<6 { Transform.store(u[r], planes + ((6 * r + c) * planeStride + at)) }
      }
    }
  }

  package static func winogradWeightGradient(
    planes: UnsafePointer<Float>, planeStride: Int, gradient: UnsafeMutablePointer<Float>
  ) {
    let square = Layout.lanes * Layout.lanes
    for at in stride(from: 0, to: square, by: Transform.Lanes.scalarCount) {
      var half = InlineArray<6, Transform.Three>(repeating: .init(repeating: .init()))
      for r in 0..<6 {
        var u = Transform.Six(repeating: .init())
        for c in 0..<6 { u[c] = Transform.load(planes + ((6 * r + c) * planeStride + at)) }
        half[r] = Transform.weightGradient(u)
      }
      for c in 0..<3 {
        var u = Transform.Six(repeating: .init())
        for r in 0..<6 { u[r] = half[r][c] }
        let g = Transform.weightGradient(u)
        for r in 0..<3 {
          let to = gradient + ((3 * r + c) * square + at)
          Transform.store(Transform.load(to) + g[r], to)
        }
      }
    }
  }
}
