import Figures

/// What PNG pictures lack where no font of the machine has a letter; SVG files are drawn by the reader's fonts.
package enum LetterWarning {
  /// The warning; nil where all letters of the names can be drawn.
  package static func text(_ names: [String]) -> String? {
    let lacking = SystemFonts.lacking(names)
    guard let first = lacking.first else { return nil }
    let others = lacking.count > 1 ? " and of \(lacking.count - 1) more" : ""
    return
      "no font here has all letters of '\(first)'\(others): PNG pictures show their codes instead; install a "
      + "font that has them (Debian: fonts-noto-core, fonts-noto-cjk)"
  }
}
