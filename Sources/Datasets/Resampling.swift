import Core

/// How pixels between pixels are found.
package enum Filter: Sendable {
  /// The nearest pixel.
  case nearest
  /// A triangle, widened by the scale where the picture shrinks.
  case bilinear
  /// sinc(x) · sinc(x / 3), widened by the scale where the picture shrinks.
  case lanczos

  /// Pixels on each side that count at scale 1.
  fileprivate var support: Double { self == .lanczos ? 3 : 1 }

  fileprivate func weight(_ x: Double) -> Double {
    switch self {
    case .nearest: return 0
    case .bilinear: return max(0, 1 - abs(x))
    case .lanczos:
      func sinc(_ x: Double) -> Double {
        x == 0 ? 1 : ElementaryFunctions.sinPi(x) / (x * .pi)
      }
      return abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0
    }
  }
}

/// One axis of a resize: which pixels make a pixel, with which weights of 22 fraction bits.
///
/// The numbers are Pillow's (`src/libImaging/Resample.c`), and so are the two passes of whole numbers
/// that they feed; Pillow 13 takes some pictures' rows first, which moves a level by one.
struct ResampledAxis {
  static let fractionBits = 22
  /// For each new pixel its first old one, and its weights' range.
  private(set) var first: [Int] = [], places: [Range<Int>] = []
  /// All weights, one new pixel after another.
  private(set) var weights: [Int32] = []

  /// The old pixels that count.
  var seen: Range<Int> { first[0]..<first[first.count - 1] + places[places.count - 1].count }

  /// From `old` pixels to `new` ones, of which those in `kept` are made.
  init(from old: Int, to new: Int, keeping kept: Range<Int>, filter: Filter) {
    precondition(!kept.isEmpty && kept.lowerBound >= 0 && kept.upperBound <= new)
    let scale = Double(old) / Double(new)
    let widening = max(scale, 1)
    let support = filter.support * widening
    for pixel in kept {
      guard filter != .nearest else {
        first.append((2 * pixel + 1) * old / (2 * new))
        places.append(weights.count..<weights.count + 1)
        weights.append(1 << Self.fractionBits)
        continue
      }
      let center = (Double(pixel) + 0.5) * scale
      let low = max(0, Int(center - support + 0.5))
      let high = min(old, Int(center + support + 0.5))
      let raw = (low..<high).map { filter.weight((Double($0) - center + 0.5) * (1 / widening)) }
      let sum = raw.reduce(0, +)
      first.append(low)
      places.append(weights.count..<weights.count + raw.count)
      for weight in raw {
        let scaled = (sum == 0 ? weight : weight / sum) * Double(1 << Self.fractionBits)
        weights.append(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
      }
    }
  }
}

extension Picture {
  /// The part within `box`, at another size; nothing outside the box is seen. Of the new picture only
  /// `part` is made, with the bits that it has in the whole.
  ///
  /// Columns first, rounded to bytes, then rows: whole numbers throughout, so the order of additions
  /// cannot matter. `nearest` takes old pixel ⌊(x + ½) · old / new⌋.
  package func resized(
    height newHeight: Int, width newWidth: Int, filter: Filter, box: PictureBox? = nil,
    keeping part: PictureBox? = nil
  ) -> Picture {
    let box = box ?? PictureBox(top: 0, left: 0, height: height, width: width)
    let part = part ?? PictureBox(top: 0, left: 0, height: newHeight, width: newWidth)
    precondition(
      box.lies(withinHeight: height, width: width)
        && part.lies(withinHeight: newHeight, width: newWidth))
    let columns = ResampledAxis(
      from: box.width, to: newWidth, keeping: part.columns, filter: filter)
    let rows = ResampledAxis(from: box.height, to: newHeight, keeping: part.rows, filter: filter)
    let narrow = resampleColumns(columns, rows: rows.seen, of: box)
    return Picture(
      height: part.height, width: part.width, channels: channels,
      pixels: Self.resampleRows(narrow, rows, rowCount: part.width * channels))
  }

  /// Some of the box's rows: [rows][kept columns][channels].
  private func resampleColumns(
    _ axis: ResampledAxis, rows: Range<Int>, of box: PictureBox
  ) -> [UInt8] {
    var narrow = [UInt8](repeating: 0, count: rows.count * axis.first.count * channels)
    var target = 0
    for row in rows {
      let start = ((box.top + row) * width + box.left) * channels
      for pixel in axis.first.indices {
        let source = start + axis.first[pixel] * channels
        for channel in 0..<channels {
          var sum = Self.half
          var place = source + channel
          for weight in axis.places[pixel] {
            sum &+= Int32(pixels[place]) &* axis.weights[weight]
            place += channels
          }
          narrow[target] = Self.byte(sum)
          target += 1
        }
      }
    }
    return narrow
  }

  /// `narrow` holds the rows that the axis sees.
  private static func resampleRows(_ narrow: [UInt8], _ axis: ResampledAxis, rowCount: Int)
    -> [UInt8]
  {
    let firstSeen = axis.seen.lowerBound
    var output = [UInt8](repeating: 0, count: axis.first.count * rowCount)
    var sums = [Int32](repeating: 0, count: rowCount)
    for row in axis.first.indices {
      for i in 0..<rowCount { sums[i] = half }
      for (k, place) in axis.places[row].enumerated() {
        let weight = axis.weights[place]
        let source = (axis.first[row] - firstSeen + k) * rowCount
        for i in 0..<rowCount { sums[i] &+= Int32(narrow[source + i]) &* weight }
      }
      for i in 0..<rowCount { output[row * rowCount + i] = byte(sums[i]) }
    }
    return output
  }

  private static let half = Int32(1) << Int32(ResampledAxis.fractionBits - 1)

  private static func byte(_ sum: Int32) -> UInt8 {
    UInt8(clamping: sum >> Int32(ResampledAxis.fractionBits))
  }
}
