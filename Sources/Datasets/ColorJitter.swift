import Core

extension Configuration.ColorJitter {
  /// Changes brightness, contrast, saturation and hue, in this order, by random amounts: factors
  /// uniform in 1 ± the key's number (not below 0), and a turn of the hue uniform in ± its number.
  /// Source: torchvision's `ColorJitter`, whose order is random; ours is fixed.
  /// - Parameter words: a random word for each change.
  package func apply(to image: inout [UInt8], _ words: SIMD4<UInt32>) {
    func factor(_ word: Int, _ strength: Double) -> Double {
      let low = max(0, 1 - strength)
      return low + (1 + strength - low) * (Double(words[word]) * 0x1p-32)
    }
    if brightness > 0 { Self.scaleBrightness(&image, by: factor(0, brightness)) }
    if contrast > 0 { Self.scaleContrast(&image, by: factor(1, contrast)) }
    if saturation > 0 { Self.scaleSaturation(&image, by: factor(2, saturation)) }
    if hue > 0 {
      Self.turnHue(&image, by: -hue + 2 * hue * (Double(words[3]) * 0x1p-32))
    }
  }

  // Each change rounds to bytes downwards, as torchvision's on tensors of bytes.

  /// Multiplies every value.
  package static func scaleBrightness(_ image: inout [UInt8], by factor: Double) {
    blend(&image, with: { _ in 0 }, factor)
  }

  /// Moves every value away from the mean grey level.
  package static func scaleContrast(_ image: inout [UInt8], by factor: Double) {
    let mean = meanLevel(image)
    blend(&image, with: { _ in mean }, factor)
  }

  /// Moves every value away from its pixel's grey level.
  package static func scaleSaturation(_ image: inout [UInt8], by factor: Double) {
    blend(&image, with: { Float(level($0[0], $0[1], $0[2])) }, factor)
  }

  /// Each pixel becomes factor · pixel + (1 − factor) · other.
  private static func blend(
    _ image: inout [UInt8], with other: (SIMD4<UInt8>) -> Float, _ exact: Double
  ) {
    let factor = Float(exact)
    let rest = Float(1 - exact)
    for start in stride(from: 0, to: image.count - 2, by: 3) {
      let pixel = SIMD4(image[start], image[start + 1], image[start + 2], 0)
      let added = rest * other(pixel)
      for channel in 0..<3 {
        image[start + channel] = UInt8(min(max(factor * Float(pixel[channel]) + added, 0), 255))
      }
    }
  }

  /// The grey level of a colour.
  private static func level(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let level: Float = 0.2989 * Float(red) + 0.587 * Float(green)
    return UInt8(level + 0.114 * Float(blue))
  }

  private static func meanLevel(_ image: [UInt8]) -> Float {
    var sum = 0
    for start in stride(from: 0, to: image.count - 2, by: 3) {
      sum += Int(level(image[start], image[start + 1], image[start + 2]))
    }
    return Float(Double(sum) / Double(image.count / 3))
  }

  /// Turns the hue of every pixel; 1 is the whole circle.
  package static func turnHue(_ image: inout [UInt8], by exact: Double) {
    let turn = Float(exact)
    for start in stride(from: 0, to: image.count - 2, by: 3) {
      let (red, green, blue) = (
        Float(image[start]) / 255, Float(image[start + 1]) / 255, Float(image[start + 2]) / 255
      )
      let most = max(red, green, blue)
      let range = most - min(red, green, blue)
      guard range > 0 else { continue }
      let saturation = range / most
      let (r, g, b) = ((most - red) / range, (most - green) / range, (most - blue) / range)
      let sixths = most == red ? b - g : most == green ? 2 + r - b : 4 + g - r
      var hue = sixths / 6 + 1
      hue -= hue.rounded(.down)
      hue += turn
      hue -= hue.rounded(.down)
      let place = hue * 6
      let sector = place.rounded(.down)
      let part = place - sector
      let p = most * (1 - saturation)
      let q = most * (1 - saturation * part)
      let t = most * (1 - saturation * (1 - part))
      let colour: (Float, Float, Float) =
        switch Int(sector) % 6 {
        case 0: (most, t, p)
        case 1: (q, most, p)
        case 2: (p, most, t)
        case 3: (p, q, most)
        case 4: (t, p, most)
        default: (most, p, q)
        }
      func byte(_ value: Float) -> UInt8 { UInt8(min(max(value, 0), 1) * 255.999) }
      image[start] = byte(colour.0)
      image[start + 1] = byte(colour.1)
      image[start + 2] = byte(colour.2)
    }
  }
}
