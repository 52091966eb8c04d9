import Core
import KernelInterface

/// One convolution on one thread: its values beside the reference's, and its speed.
package struct KernelBenchmark {
  /// The three passes of a step.
  package enum Pass: String, Sendable, Codable, CaseIterable {
    case forward
    case dataGradient = "data_gradient"
    case weightGradient = "weight_gradient"
  }

  /// What runs.
  package let convolution: Convolution
  private let reference: ReferenceConvolution
  private let workspace: ConvolutionWorkspace
  private let x: Map, y: Map, dx: Map?, dy: Map
  private let weights: FloatSlice, gradient: FloatSlice

  /// The reference's convolution and values; with a data gradient by images where that is asked for.
  /// - Throws: `CSGError` where its threads cannot be started.
  package init(
    _ reference: ReferenceConvolution, choice: ConvolutionAlgorithm.Choice, threads: Int = 1,
    level: CPULevel, givesImageGradient: Bool = false
  ) throws {
    self.reference = reference
    let images = reference.images
    convolution = reference.shape.convolution(
      choice, level: level, givesImageGradient: givesImageGradient)
    workspace = try ConvolutionWorkspace(
      [convolution], capacity: images, team: ThreadTeam(count: threads))
    x = Map(convolution.input, capacity: images)
    y = Map(convolution.output, capacity: images)
    dy = Map(convolution.outputGradient, capacity: images)
    dx = convolution.hasDataGradient ? Map(convolution.inputGradient, capacity: images) : nil
    weights = FloatBuffer(convolution.weightCount).all
    gradient = FloatBuffer(convolution.weightCount).all
    x.write(reference.x)
    dy.write(reference.outputGradient)
    let taps = convolution.kernel * convolution.kernel
    for (i, weight) in reference.weights.enumerated() { weights[index(i, taps)] = weight }
  }

  private func index(_ i: Int, _ taps: Int) -> Int {
    let (pair, tap) = i.quotientAndRemainder(dividingBy: taps)
    let (k, c) = pair.quotientAndRemainder(dividingBy: convolution.input.channels)
    return convolution.weightIndex(k, c, tap)
  }

  /// Whether there is this pass: an image has no gradient unless one was asked for.
  package func has(_ pass: Pass) -> Bool { pass != .dataGradient || dx != nil }

  /// Runs a pass once, alone. The weight gradient's time includes zeroing the gradient.
  package func run(_ pass: Pass, adding: Bool = false) {
    let count = reference.images
    switch pass {
    case .forward:
      convolution.forward(x, weights: weights, into: y, count: count, in: workspace)
    case .dataGradient:
      guard let dx else { return }
      convolution.dataGradientAlone(
        dy, weights: weights, into: dx, count: count, adding: adding, in: workspace)
    case .weightGradient:
      gradient.fill(0)
      convolution.weightGradientAlone(x, dy, count: count, gradient: gradient, in: workspace)
    }
  }

  /// What the last run of a pass left, row-major.
  package func values(_ pass: Pass) -> [Float] {
    switch pass {
    case .forward: return y.read()
    case .dataGradient: return dx?.read() ?? []
    case .weightGradient:
      let taps = convolution.kernel * convolution.kernel
      return reference.weights.indices.map { gradient[index($0, taps)] }
    }
  }

  /// The largest error of a pass among `samples` evenly spread values (all: nil), relative to the
  /// largest value among them.
  package func relativeError(_ pass: Pass, samples: Int?) -> Double {
    let ours = values(pass)
    let step = max(1, ours.count / (samples ?? ours.count))
    var (error, largest) = (0.0, Double.leastNormalMagnitude)
    for i in stride(from: 0, to: ours.count, by: step) {
      let expected =
        switch pass {
        case .forward: reference.output(i)
        case .dataGradient: reference.dataGradient(i)
        case .weightGradient: reference.weightGradient(i)
        }
      error = max(error, abs(Double(ours[i]) - expected))
      largest = max(largest, abs(expected))
    }
    return error / largest
  }

  /// GFLOP/s of a pass by its definition (a multiply-add counts two): the best of the runs that fit
  /// into `seconds`, at least three.
  package func gigaflops(_ pass: Pass, seconds: Double) -> Double {
    run(pass)
    let operations = Double(2 * convolution.multiplyAdds * reference.images)
    return operations / Self.best(seconds: seconds) { run(pass) } / 1e9
  }

  /// GFLOP/s of fused multiply-adds in registers on one thread: the peak.
  package static func peakGigaflops(level: CPULevel, seconds: Double) -> Double {
    let rounds = 100_000
    var sum: Float = 0
    let best = best(seconds: seconds) { sum += level.kernels.multiplyAdd(rounds: rounds) }
    precondition(sum.isFinite, "the chains converge")
    return Double(2 * 192 * rounds) / best / 1e9
  }

  private static func best(seconds: Double, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    let began = clock.now
    var best = Double.infinity
    var runs = 0
    while runs < 3 || clock.now - began < .seconds(seconds) {
      best = min(best, clock.measure(body) / .seconds(1))
      runs += 1
    }
    return best
  }
}
