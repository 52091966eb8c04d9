import Foundation

/// A colour of the screen (sRGB).
package struct Color: Sendable, Equatable {
  /// Its parts, 0 to 255.
  package let red: UInt8, green: UInt8, blue: UInt8

  /// 0xRRGGBB.
  package init(_ hex: UInt32) {
    (red, green, blue) = (UInt8(hex >> 16 & 255), UInt8(hex >> 8 & 255), UInt8(hex & 255))
  }

  /// 0xRRGGBB.
  package var hex: UInt32 { UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue) }

  /// Relative luminance in [0, 1]: WCAG 2.
  var luminance: Double {
    func linear(_ part: UInt8) -> Double {
      let value = Double(part) / 255
      guard value > 0.04045 else { return value / 12.92 }
      return pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// The colour of texts, or white: which of them has more contrast (WCAG 2) with this colour.
  package var ink: Color {
    let own = luminance + 0.05
    return own / (Color.text.luminance + 0.05) >= 1.05 / own ? .text : .white
  }

  package static let white = Color(0xFFFFFF), text = Color(0x1F2328), quiet = Color(0x57606A)
  static let line = Color(0x8C959F), grid = Color(0xE3E6EA), band = Color(0xEEF0F3)

  /// What stands for "no value" in heat maps: a grey that is in no map.
  package static let undefined = Color(0xC8C8C8)

  /// Seven colours that colour-blind people tell apart, darker ones first, black left out: M. Okabe, K. Ito, "Color Universal Design", 2008.
  package static let okabeIto: [Color] = [
    Color(0x0072B2), Color(0xD55E00), Color(0x009E73), Color(0xCC79A7), Color(0x56B4E9),
    Color(0xE69F00), Color(0xF0E442),
  ]
}
