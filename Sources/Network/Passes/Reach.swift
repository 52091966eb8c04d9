/// How far down a backward pass goes: nothing is computed below.
package enum Reach: Sendable, Equatable {
  /// To the last parameter whose gradient lies before this place: θ lies last layer first.
  case parameters(before: Int)
  /// To the last convolution's activations.
  case activations
  /// To the image, in a network that was planned for it.
  case image

  /// Whether the gradient of a parameter with this place in θ is on the way.
  func includes(_ parameter: Range<Int>) -> Bool {
    switch self {
    case .parameters(let end): parameter.upperBound <= end
    case .activations: false
    case .image: true
    }
  }

  /// Whether the pass has more to do than the gradients of θ before this place.
  func goesBehind(_ place: Int) -> Bool {
    switch self {
    case .parameters(let end): place < end
    case .activations: false
    case .image: true
    }
  }
}
