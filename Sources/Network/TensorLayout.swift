import Core
import Kernels

/// A named tensor: its shape on disk, and where its elements lie in a flat buffer.
public struct TensorSpec: Sendable {
  /// Name as in torchvision's state dict.
  public let name: String
  /// Axes of the row-major tensor on disk (OIHW for convolutions, outputs × inputs for linear layers).
  public let shape: [Int]
  /// Its place in the flat buffer, padding included.
  public internal(set) var range: Range<Int>

  /// How its values start.
  let start: Start
  private let convolution: Convolution?
  /// Pixels of the map whose flattening a linear layer reads.
  private let flattenedPixels: Int

  /// Initial values.
  enum Start {
    /// Normal, of variance 2 / (filters · taps): He's by fan-out.
    case heNormal
    /// Uniform within ±1/√fanIn.
    case uniform(fanIn: Int)
    case constant(Float)
  }

  /// Elements on disk.
  public var count: Int { shape.reduce(1, *) }

  init(
    name: String, shape: [Int], start: Start, convolution: Convolution? = nil,
    flattenedPixels: Int = 1
  ) {
    self.flattenedPixels = flattenedPixels
    self.name = name
    self.shape = shape
    self.start = start
    self.convolution = convolution
    let stored = convolution?.weightCount ?? shape.reduce(1, *)
    range = 0..<(stored + 15) / 16 * 16
  }

  /// Where the element with this row-major index lies in the flat buffer.
  private func place(_ index: Int) -> Int {
    guard let convolution else { return range.lowerBound + index }
    let (k, rest) = index.quotientAndRemainder(dividingBy: count / shape[0])
    if shape.count == 4 {
      let taps = shape[2] * shape[3]
      return range.lowerBound + convolution.weightIndex(k, rest / taps, rest % taps)
    }
    // A linear layer reads a map as it lies in memory: block, pixel, lane.
    let (c, pixel) = rest.quotientAndRemainder(dividingBy: flattenedPixels)
    let lanes = convolution.input.lanes
    let channel = (c / lanes * flattenedPixels + pixel) * lanes + c % lanes
    return range.lowerBound + convolution.weightIndex(k, channel, 0)
  }

  /// The tensor's elements in row-major order, from a flat buffer.
  public func read(from flat: FloatSlice) -> [Float] {
    (0..<count).map { flat[place($0)] }
  }

  /// Overwrites the tensor's elements in a flat buffer; padding stays as it is.
  public func write(_ values: [Float], to flat: FloatSlice) {
    precondition(values.count == count, "\(name) has \(count) elements, not \(values.count)")
    for (index, value) in values.enumerated() { flat[place(index)] = value }
  }
}

/// Tensors in one flat buffer, the last declared one first: a backward pass finishes gradients from
/// the front of the buffer to its end.
public struct TensorLayout: Sendable {
  /// In the order of the forward pass.
  public private(set) var tensors: [TensorSpec] = []
  /// Floats of the flat buffer, padding included.
  public private(set) var count = 0

  init(_ declared: [TensorSpec]) {
    for var tensor in declared.reversed() {
      tensor.range = count..<count + tensor.range.count
      count = tensor.range.upperBound
      tensors.append(tensor)
    }
    tensors.reverse()
  }

  /// The tensor of this name, which exists.
  func range(of name: String) -> Range<Int> {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      preconditionFailure("no tensor \(name)")
    }
    return tensor.range
  }

  /// All elements that are on disk, padding not counted.
  public var elementCount: Int { tensors.reduce(0) { $0 + $1.count } }
}
