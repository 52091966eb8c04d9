import Core
import KernelInterface

/// A square convolution without bias over images in blocked layout.
///
/// Weights lie as `Layout` says. Forward and backward go over the images of a replica in groups that
/// stay in the cache, so that callers hang what comes before and after a convolution on its images:
/// batch normalisation, ReLU, statistics. Neither groups nor threads change a bit.
package final class Convolution: Sendable {
  /// The bordered input and the plain output.
  package let input: MapShape, output: MapShape
  /// Side of the kernel, rows and columns between neighbouring outputs, zero border of the image.
  package let kernel: Int, stride: Int, padding: Int
  /// How it is computed.
  package let algorithm: ConvolutionAlgorithm

  private let passes: any ConvolutionPasses
  /// The passes that give the data gradient; nil where there is none.
  private let dataPasses: (any DataGradientPasses)?

  /// A convolution from a map, whose halo is at least `padding`, to `filters` channels. An image needs
  /// no data gradient in training: it has one where `givesImageGradient` asks for it.
  package init(
    input: MapShape, filters: Int, kernel: Int, stride: Int, padding: Int,
    choice: ConvolutionAlgorithm.Choice, level: CPULevel, givesImageGradient: Bool = false
  ) {
    precondition(kernel >= 1 && padding >= 0 && padding < kernel, "padding \(padding) of \(kernel)")
    precondition(input.halo >= padding, "the input's halo is below \(padding)")
    let pixelStride = stride * input.lanes
    precondition(
      [4, 8, 16, 32].contains(pixelStride), "no tile for stride \(stride) here")
    precondition(
      input.height + 2 * padding >= kernel && input.width + 2 * padding >= kernel,
      "the kernel is larger than the image")
    self.input = input
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    output = MapShape(
      channels: filters, height: (input.height + 2 * padding - kernel) / stride + 1,
      width: (input.width + 2 * padding - kernel) / stride + 1, halo: 0)
    let geometry = ConvolutionGeometry(
      input: input, output: output, kernel: kernel, stride: stride, padding: padding)
    func algorithm(_ geometry: ConvolutionGeometry) -> ConvolutionAlgorithm {
      .serving(
        choice, kernel: kernel, stride: stride, padding: padding, isNarrow: geometry.isNarrow,
        level: level)
    }
    func passes(_ geometry: ConvolutionGeometry) -> any ConvolutionPasses {
      switch algorithm(geometry) {
      case .direct: DirectConvolution(geometry, kernels: level.kernels)
      case .winograd: WinogradConvolution(geometry, kernels: level.kernels)
      case .gemm: MatrixConvolution(geometry)
      }
    }
    self.algorithm = algorithm(geometry)
    self.passes = passes(geometry)
    if !geometry.isNarrow {
      dataPasses = self.passes
    } else if !givesImageGradient {
      dataPasses = nil
    } else if self.algorithm == .direct, GroupedDataGradient.suits(geometry) {
      dataPasses = GroupedDataGradient(geometry, kernels: level.kernels)
    } else {
      dataPasses = passes(geometry.widened)
    }
  }

  /// Floats of the blocked weights.
  package var weightCount: Int { passes.geometry.weightCount }
  /// The shape of dy that the backward pass reads.
  package var outputGradient: MapShape {
    output.withHalo((dataPasses ?? passes).outputGradientHalo)
  }
  /// The shape of dx: plain; an image's may come in whole blocks of channels.
  package var inputGradient: MapShape {
    dataPasses?.inputGradient ?? input.withHalo(0)
  }
  /// Multiply-adds of one pass over one image, as the definition has them.
  package var multiplyAdds: Int {
    output.channels * output.pixels * input.channels * kernel * kernel
  }
  /// Whether the data gradient exists.
  package var hasDataGradient: Bool { dataPasses != nil }
  /// Floats of the weights as the data gradient reads them, and of those that it widens before.
  var rotatedCount: Int { dataPasses?.preparedGradientCount ?? 0 }
  var widenedCount: Int { isWidened ? rotatedCount : 0 }
  /// Whether an image's gradient is that of a map of whole blocks.
  private var isWidened: Bool {
    passes.geometry.isNarrow && dataPasses.map { !$0.geometry.isNarrow } ?? false
  }

  var scratch: ConvolutionScratch {
    guard let dataPasses else { return passes.scratch }
    return passes.scratch.union(dataPasses.scratch)
  }
  func groupSize(threads: Int) -> Int { passes.groupSize(threads: threads) }

  /// Overwrites y of the first `count` images by the convolution of x. `before` is called for an
  /// image before it is read, `after` when it is written, both by the thread that does the image.
  package func forward(
    _ x: Map, weights: FloatSlice, into y: Map, count: Int, in workspace: ConvolutionWorkspace,
    before: (Int) -> Void = { _ in }, after: (Int) -> Void = { _ in }
  ) {
    precondition(x.shape == input && y.shape == output, "maps do not fit")
    precondition(weights.count == weightCount, "weights do not fit")
    let team = workspace.team
    let prepared = passes.prepareForward(weights, in: workspace)
    let size = workspace.share(passes.jobImages, of: count)
    team.forEachRange(of: count, size: size) { images, thread in
      for n in images { before(n) }
      passes.forward(
        x, weights: prepared, images: images, into: y, scratch: workspace.scratch(thread))
      for n in images { after(n) }
    }
  }

  /// Adds the weight gradient of the first `count` images to `gradient`, where there is one; overwrites
  /// plain dx by their data gradient, or adds it, where there is a dx. x is read for the weight gradient
  /// alone.
  ///
  /// `outputGradient` overwrites the inside of one image's dy (shape `self.outputGradient`);
  /// `after` is called when the image's dx is written; both by the thread that does the image.
  package func backward(
    _ x: Map, weights: FloatSlice, count: Int, gradient: FloatSlice?, into dx: Map?, adding: Bool,
    in workspace: ConvolutionWorkspace,
    outputGradient: (_ n: Int, _ dy: FloatSlice) -> Void, after: (Int) -> Void = { _ in }
  ) {
    precondition(x.shape == input, "x does not fit")
    precondition(gradient.map { $0.count == weightCount } ?? true, "the gradient does not fit")
    precondition(dx.map { $0.shape == inputGradient } ?? true, "dx does not fit")
    guard count > 0, gradient != nil || dx != nil else { return }
    let team = workspace.team
    let prepared = dx.map { _ in prepareDataGradient(weights, in: workspace) }
    let size = min(passes.groupSize(threads: team.count), count)
    let dy = Map(
      self.outputGradient, capacity: size,
      storage: workspace.outputGradients(self.outputGradient, capacity: size))
    if gradient != nil { passes.beginWeightGradient(in: workspace) }
    for first in Swift.stride(from: 0, to: count, by: size) {
      let group = first..<min(first + size, count)
      team.forEachRange(of: group.count, size: workspace.share(passes.jobImages, of: group.count)) {
        members, thread in
        for n in members { outputGradient(first + n, dy[n]) }
        if gradient != nil {
          passes.prepareWeightGradient(
            x, dy, first: first, members: members, groupCount: group.count, in: workspace)
        }
        if let dx, let prepared, let dataPasses {
          dataPasses.dataGradient(
            dy, weights: prepared, first: first, members: members, into: dx, adding: adding,
            scratch: workspace.scratch(thread))
        }
        for n in members { after(first + n) }
      }
      guard let gradient else { continue }
      team.forEach(passes.weightGradientJobs) { job, thread in
        passes.addWeightGradient(
          x, dy, first: first, groupCount: group.count, job: job, to: gradient, in: workspace,
          scratch: workspace.scratch(thread))
      }
    }
    if let gradient { passes.endWeightGradient(to: gradient, in: workspace) }
  }

  /// The weights as the data gradient reads them.
  private func prepareDataGradient(_ weights: FloatSlice, in workspace: ConvolutionWorkspace)
    -> FloatSlice
  {
    guard let dataPasses else { preconditionFailure("no data gradient was planned") }
    let weights =
      isWidened ? passes.geometry.widen(weights, into: workspace.widened) : weights
    return dataPasses.prepareDataGradient(weights, in: workspace)
  }

  /// The data gradient of `count` images whose dy (shape `outputGradient`) are there, alone: for
  /// measuring it.
  func dataGradientAlone(
    _ dy: Map, weights: FloatSlice, into dx: Map, count: Int, adding: Bool,
    in workspace: ConvolutionWorkspace
  ) {
    guard let dataPasses else { preconditionFailure("no data gradient was planned") }
    let prepared = prepareDataGradient(weights, in: workspace)
    let size = workspace.share(passes.jobImages, of: count)
    workspace.team.forEachRange(of: count, size: size) { images, thread in
      dataPasses.dataGradient(
        dy, weights: prepared, first: 0, members: images, into: dx, adding: adding,
        scratch: workspace.scratch(thread))
    }
  }

  /// Adds the weight gradient of `count` images whose dy (shape `outputGradient`) are there to
  /// `gradient`, alone: for measuring it.
  func weightGradientAlone(
    _ x: Map, _ dy: Map, count: Int, gradient: FloatSlice, in workspace: ConvolutionWorkspace
  ) {
    let size = min(passes.groupSize(threads: workspace.team.count), count)
    passes.beginWeightGradient(in: workspace)
    for first in Swift.stride(from: 0, to: count, by: size) {
      let group = first..<min(first + size, count)
      let dy = dy[group]
      workspace.team.forEachRange(
        of: group.count, size: workspace.share(passes.jobImages, of: group.count)
      ) { members, _ in
        passes.prepareWeightGradient(
          x, dy, first: first, members: members, groupCount: group.count, in: workspace)
      }
      workspace.team.forEach(passes.weightGradientJobs) { job, thread in
        passes.addWeightGradient(
          x, dy, first: first, groupCount: group.count, job: job, to: gradient, in: workspace,
          scratch: workspace.scratch(thread))
      }
    }
    passes.endWeightGradient(to: gradient, in: workspace)
  }

  /// Where weight (k, c, tap) lies in the blocked layout.
  package func weightIndex(_ k: Int, _ c: Int, _ tap: Int) -> Int {
    passes.geometry.weightIndex(k, c, tap)
  }
}

/// The data gradient of some images at a time.
protocol DataGradientPasses: Sendable {
  var geometry: ConvolutionGeometry { get }
  /// The halo of dy that the data gradient reads.
  var outputGradientHalo: Int { get }
  /// The shape of dx.
  var inputGradient: MapShape { get }
  /// What it needs of the workspace, and floats of its prepared weights.
  var scratch: ConvolutionScratch { get }
  var preparedGradientCount: Int { get }

  /// The weights as the data gradient reads them.
  func prepareDataGradient(_ weights: FloatSlice, in workspace: ConvolutionWorkspace) -> FloatSlice
  /// `members` count from the group's first image.
  func dataGradient(
    _ dy: Map, weights: FloatSlice, first: Int, members: Range<Int>, into dx: Map, adding: Bool,
    scratch: FloatSlice)
}

/// What the algorithms of a convolution have in common: each serves some images at a time.
protocol ConvolutionPasses: DataGradientPasses {
  /// Images of a group of the backward pass: their dy lie side by side.
  func groupSize(threads: Int) -> Int
  /// Images of one thread's job, where there are enough.
  var jobImages: Int { get }

  /// The weights as the forward pass reads them.
  func prepareForward(_ weights: FloatSlice, in workspace: ConvolutionWorkspace) -> FloatSlice
  func forward(
    _ x: Map, weights: FloatSlice, images: Range<Int>, into y: Map, scratch: FloatSlice)

  func beginWeightGradient(in workspace: ConvolutionWorkspace)
  func prepareWeightGradient(
    _ x: Map, _ dy: Map, first: Int, members: Range<Int>, groupCount: Int,
    in workspace: ConvolutionWorkspace)
  /// Parts of the weight gradient that are added apart.
  var weightGradientJobs: Int { get }
  func addWeightGradient(
    _ x: Map, _ dy: Map, first: Int, groupCount: Int, job: Int, to gradient: FloatSlice,
    in workspace: ConvolutionWorkspace, scratch: FloatSlice)
  func endWeightGradient(to gradient: FloatSlice, in workspace: ConvolutionWorkspace)
}

extension ConvolutionPasses {
  var inputGradient: MapShape { geometry.input.withHalo(0) }
  var preparedGradientCount: Int { geometry.weightCount }
  func prepareForward(_ weights: FloatSlice, in workspace: ConvolutionWorkspace) -> FloatSlice {
    weights
  }
  func beginWeightGradient(in workspace: ConvolutionWorkspace) {}
  func prepareWeightGradient(
    _ x: Map, _ dy: Map, first: Int, members: Range<Int>, groupCount: Int,
    in workspace: ConvolutionWorkspace
  ) {}
  func endWeightGradient(to gradient: FloatSlice, in workspace: ConvolutionWorkspace) {}
}
