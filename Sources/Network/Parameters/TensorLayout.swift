import Core
import Kernels

/// A named tensor: its shape on disk, and where its elements lie in a flat buffer.
package struct TensorSpec: Sendable {
  /// Name as in torchvision's state dict.
  package let name: String
  /// Axes of the row-major tensor on disk (OIHW for convolutions, outputs × inputs for linear layers).
  package let shape: [Int]
  /// Its place in the flat buffer, padding included.
  package internal(set) var range: Range<Int>

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

  /// Multiplications, each with its addition, that it is used for in one image's forward pass: of convolutions and
  /// linear layers.
  package var multiplications: Int {
    guard shape.count == 4, let convolution else { return shape.count == 2 ? count : 0 }
    return count * convolution.output.height * convolution.output.width
  }

  /// Elements on disk.
  package var count: Int { shape.reduce(1, *) }

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

  /// Calls `body` with where each element lies in the flat buffer, in row-major order.
  ///
  /// The place of a weight (k, c, tap) is a sum of three parts, one of each.
  private func forEachPlace(_ body: (Int) -> Void) {
    guard let convolution else {
      for i in 0..<count { body(range.lowerBound + i) }
      return
    }
    let columns = shape.count == 4 ? mapColumns(convolution) : flattenedColumns(convolution)
    for k in 0..<shape[0] {
      let row = range.lowerBound + convolution.weightIndex(k, 0, 0)
      for column in columns { body(row + column) }
    }
  }

  /// A filter's weights: channels, in each its taps.
  private func mapColumns(_ convolution: Convolution) -> [Int] {
    let taps = (0..<shape[2] * shape[3]).map { convolution.weightIndex(0, 0, $0) }
    return (0..<shape[1]).flatMap { c in
      let channel = convolution.weightIndex(0, c, 0)
      return taps.map { channel + $0 }
    }
  }

  /// A linear layer's, which reads a map as it lies in memory: block, pixel, lane.
  private func flattenedColumns(_ convolution: Convolution) -> [Int] {
    let lanes = convolution.input.lanes
    return (0..<shape[1]).map { i in
      let (c, pixel) = i.quotientAndRemainder(dividingBy: flattenedPixels)
      let channel = (c / lanes * flattenedPixels + pixel) * lanes + c % lanes
      return convolution.weightIndex(0, channel, 0)
    }
  }

  /// The tensor's elements in row-major order, from a flat buffer.
  package func read(from flat: FloatSlice) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count)
    forEachPlace { values.append(flat[$0]) }
    return values
  }

  /// Overwrites the tensor's elements in a flat buffer; padding stays as it is.
  package func write(_ values: [Float], to flat: FloatSlice) {
    precondition(values.count == count, "\(name) has \(count) elements, not \(values.count)")
    var index = 0
    forEachPlace { place in
      flat[place] = values[index]
      index += 1
    }
  }
}

/// Tensors in one flat buffer, the last declared one first: a backward pass finishes gradients from
/// the front of the buffer to its end.
package struct TensorLayout: Sendable {
  /// In the order of the forward pass.
  package private(set) var tensors: [TensorSpec] = []
  /// Floats of the flat buffer, padding included.
  package private(set) var count = 0

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
  package var elementCount: Int { tensors.reduce(0) { $0 + $1.count } }
}
