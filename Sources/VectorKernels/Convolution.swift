import KernelInterface

/// Where the pixels of a register tile lie, from its first one on.
private protocol PixelPlaces {
  func input(_ p: Int) -> Int
  func output(_ p: Int) -> Int
}

/// Neighbours in a row, `Step` floats apart in the input. A step known when compiling lets the
/// broadcast of a pixel fold into the multiply-add.
private struct NeighbouringPixels<let Step: Int>: PixelPlaces {
  let outputStride: Int

  @inline(__always) func input(_ p: Int) -> Int { p * Step }
  @inline(__always) func output(_ p: Int) -> Int { p * outputStride }
}

/// Any P pixels.
private struct ListedPixels<let P: Int>: PixelPlaces {
  var inputs = InlineArray<P, Int>(repeating: 0)
  var outputs = InlineArray<P, Int>(repeating: 0)

  @inline(__always) func input(_ p: Int) -> Int { inputs[p] }
  @inline(__always) func output(_ p: Int) -> Int { outputs[p] }
}

/// A register tile of a direct convolution: P pixels × K blocks of output channels. `Channels` are
/// summed in each input block; 0: as many as the pass says.
private struct ConvolutionTile<let P: Int, let K: Int, let Channels: Int, Places: PixelPlaces> {
  @inline(__always)
  static func run(
    _ pass: ConvolutionPass, _ places: Places, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    var sums = InlineArray<K, InlineArray<P, Vector>>(repeating: .init(repeating: Vector()))
    if pass.adds {
      for k in 0..<K {
        for p in 0..<P {
          sums[k][p] = load(output + (k * pass.outputBlockStride + places.output(p)))
        }
      }
    }
    for block in 0..<pass.inputBlocks {
      for tap in 0..<pass.tapCount {
        let x = input + (block * pass.inputBlockStride + pass.tapInputOffsets[tap])
        let w = weights + (block * pass.weightBlockStride + pass.tapWeightOffsets[tap])
        for c in 0..<(Channels == 0 ? pass.channelsPerBlock : Channels) {
          var weight = InlineArray<K, Vector>(repeating: Vector())
          for k in 0..<K { weight[k] = load(w + (k * pass.weightOutputStride + c * Layout.lanes)) }
          for p in 0..<P {
            let pixel = Vector(repeating: x[places.input(p) + c])
            for k in 0..<K { sums[k][p].addProduct(pixel, weight[k]) }
          }
        }
      }
    }
    for k in 0..<K {
      for p in 0..<P {
        store(sums[k][p], output + (k * pass.outputBlockStride + places.output(p)))
      }
    }
  }
}

/// Tiles of K output blocks of neighbours in a row.
private struct NeighbourTiles<let K: Int, let Step: Int, let Channels: Int>: RowTiles {
  static var blocks: Int { K }
  static var outputsPerInput: Int { 1 }
  static var step: Int { Step }

  @inline(__always)
  static func run<let P: Int>(
    _ width: Width<P>, _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    ConvolutionTile<P, K, Channels, NeighbouringPixels<Step>>.run(
      pass, NeighbouringPixels(outputStride: pass.outputPixelStride), input, weights, output)
  }
}

/// Runs tiles of K output blocks over the pixels of all images of a pass in one list, so that short
/// rows fill whole tiles.
private struct ConvolutionPixels<let K: Int> {
  @inline(never)
  static func run(
    _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    var pixel = Pixel()
    var rest = pass.images * pass.rows * pass.columns
    while rest > 0 {
      let tiles = (rest + Tiling.listedPixels - 1) / Tiling.listedPixels
      let width = (rest + tiles - 1) / tiles
      switch width {
      #if KERNELS_AVX512
        case 8: tile(ListedPixels<8>(), pass, &pixel, input, weights, output)
        case 7: tile(ListedPixels<7>(), pass, &pixel, input, weights, output)
      #endif
      case 6: tile(ListedPixels<6>(), pass, &pixel, input, weights, output)
      case 5: tile(ListedPixels<5>(), pass, &pixel, input, weights, output)
      case 4: tile(ListedPixels<4>(), pass, &pixel, input, weights, output)
      case 3: tile(ListedPixels<3>(), pass, &pixel, input, weights, output)
      case 2: tile(ListedPixels<2>(), pass, &pixel, input, weights, output)
      default: tile(ListedPixels<1>(), pass, &pixel, input, weights, output)
      }
      rest -= width
    }
  }

  @inline(__always)
  private static func tile<let P: Int>(
    _ empty: ListedPixels<P>, _ pass: ConvolutionPass, _ pixel: inout Pixel,
    _ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
  ) {
    var places = empty
    for p in 0..<P {
      places.inputs[p] = pixel.input(pass)
      places.outputs[p] = pixel.output(pass)
      pixel.advance(pass)
    }
    ConvolutionTile<P, K, 0, ListedPixels<P>>.run(pass, places, input, weights, output)
  }

  private struct Pixel {
    private var image = 0, row = 0, column = 0

    func input(_ pass: ConvolutionPass) -> Int {
      image * pass.inputImageStride + row * pass.inputRowStride + column * pass.inputPixelStride
    }

    func output(_ pass: ConvolutionPass) -> Int {
      image * pass.outputImageStride + row * pass.outputRowStride
        + column * pass.outputPixelStride
    }

    mutating func advance(_ pass: ConvolutionPass) {
      column += 1
      if column == pass.columns { (row, column) = (row + 1, 0) }
      if row == pass.rows { (image, row) = (image + 1, 0) }
    }
  }
}

/// Runs a pass whose pixels are `Step` floats apart, output blocks in pairs where the tiling says.
private struct ConvolutionBlocks<let Step: Int, let Channels: Int> {
  static func run(
    _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    var block = 0
    while block < pass.outputBlocks {
      let isPair = Tiling.pairsBlocks && block + 2 <= pass.outputBlocks
      // Some input blocks at a time, whose weights stay in the first-level cache for all pixels of
      // all images; the sums wait in the output meanwhile.
      let inputBlocks = Tiling.inputBlocks(pass, outputBlocks: isPair ? 2 : 1)
      var part = pass
      for first in stride(from: 0, to: max(pass.inputBlocks, 1), by: inputBlocks) {
        part.inputBlocks = min(inputBlocks, pass.inputBlocks - first)
        part.adds = pass.adds || first > 0
        let x = input + first * pass.inputBlockStride
        let w = weights + (block * pass.weightOutputStride + first * pass.weightBlockStride)
        let y = output + block * pass.outputBlockStride
        images(part, isPair: isPair, x, w, y)
      }
      block += isPair ? 2 : 1
    }
  }

  @inline(__always)
  private static func images(
    _ pass: ConvolutionPass, isPair: Bool, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    if Channels == 0 && Tiling.listsPixels(pass, isPair: isPair) {
      return isPair
        ? ConvolutionPixels<2>.run(pass, input, weights, output)
        : ConvolutionPixels<1>.run(pass, input, weights, output)
    }
    for image in 0..<pass.images {
      let x = input + image * pass.inputImageStride
      let y = output + image * pass.outputImageStride
      // An image, or a map, at stride 1; two outputs at an input pixel are of a map.
      switch (pass.tapsPerRow, pass.outputsPerInput, isPair) {
      case (3, 1, _) where Step == Layout.narrowLanes || Step == Layout.lanes:
        ConvolutionRows<SlidingTiles<1, Step, Channels>>.run(pass, x, weights, y)
      case (3, 2, _) where Step == Layout.lanes:
        ConvolutionRows<SlidingTiles<2, Step, Channels>>.run(pass, x, weights, y)
      case (_, _, true):
        ConvolutionRows<NeighbourTiles<2, Step, Channels>>.run(pass, x, weights, y)
      default:
        ConvolutionRows<NeighbourTiles<1, Step, Channels>>.run(pass, x, weights, y)
      }
    }
  }
}

extension VectorKernels {
  package static func convolve(
    _ pass: ConvolutionPass, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>
  ) {
    switch (pass.inputPixelStride, pass.channelsPerBlock) {
    case (4, 1): ConvolutionBlocks<4, 1>.run(pass, input, weights, output)
    case (4, 3): ConvolutionBlocks<4, 3>.run(pass, input, weights, output)
    case (4, _): ConvolutionBlocks<4, 0>.run(pass, input, weights, output)
    case (8, _): ConvolutionBlocks<8, 0>.run(pass, input, weights, output)
    case (16, _): ConvolutionBlocks<16, 0>.run(pass, input, weights, output)
    default: ConvolutionBlocks<32, 0>.run(pass, input, weights, output)
    }
  }
}
