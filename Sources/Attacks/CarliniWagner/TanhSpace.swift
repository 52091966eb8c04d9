import Core

/// A picture in [0, 1] as (tanh w + 1) / 2, so that no step of w leaves the box.
///
/// w starts where the picture is, squeezed by 0.999999 about 1/2: black and white have no finite w.
/// Distances are from the squeezed picture, as in advertorch. Values are floats, [C][H][W]; tanh is
/// computed in Double and rounded once.
struct TanhSpace {
  private static let squeeze = 0.999_999
  private let origin: [Float], center: [Float]
  private var shift: [Float]
  /// tanh w.
  private var tangents: [Float]
  /// (tanh w + 1) / 2.
  private(set) var picture: [Float]

  init(around picture: [Float]) {
    origin = picture.map {
      Float(ElementaryFunctions.artanh((2 * Double($0) - 1) * Self.squeeze))
    }
    shift = [Float](repeating: 0, count: picture.count)
    tangents = origin.map { Float(ElementaryFunctions.tanh(Double($0))) }
    center = tangents.map { $0 * 0.5 + 0.5 }
    self.picture = center
  }

  /// Back to the start.
  mutating func restart() { place(by: [Float](repeating: 0, count: shift.count)) }

  /// Adds to w.
  mutating func move(by step: [Float]) { place(by: zip(shift, step).map { $0 + $1 }) }

  private mutating func place(by shift: [Float]) {
    self.shift = shift
    for i in shift.indices {
      tangents[i] = Float(ElementaryFunctions.tanh(Double(origin[i] + shift[i])))
      picture[i] = tangents[i] * 0.5 + 0.5
    }
  }

  /// ‖picture − squeezed picture‖², added in the order of values, in Double.
  var squaredDistance: Double {
    var sum = 0.0
    for i in picture.indices {
      let difference = Double(picture[i]) - Double(center[i])
      sum += difference * difference
    }
    return sum
  }

  /// The gradient by w of the squared distance plus a term with this gradient by the picture.
  func gradient(_ slope: [Float]) -> [Float] {
    picture.indices.map {
      let byPicture = 2 * (picture[$0] - center[$0]) + slope[$0]
      return byPicture * 0.5 * (1 - tangents[$0] * tangents[$0])
    }
  }
}
