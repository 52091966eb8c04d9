import CCairo
import CPango

/// The door to Pango: single lines of text on a Cairo context, shaped as their script asks, each letter from the
/// first font of the system that has it.
final class Lettering {
  private let context: OpaquePointer, layout: OpaquePointer

  /// Lettering on a Cairo context.
  init(on context: OpaquePointer) {
    self.context = cairo_reference(context)
    layout = pango_cairo_create_layout(context)
    // Unhinted extents: the same on every surface and at every scale.
    let options = cairo_font_options_create()
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    let fonts = pango_layout_get_context(layout)
    pango_cairo_context_set_font_options(fonts, options)
    pango_context_set_round_glyph_positions(fonts, 0)
    pango_layout_context_changed(layout)
    cairo_font_options_destroy(options)
    pango_layout_set_single_paragraph_mode(layout, 1)
  }

  deinit {
    g_object_unref(UnsafeMutableRawPointer(layout))
    cairo_destroy(context)
  }

  /// Lettering that only measures.
  static func measuring() -> Lettering {
    let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1)
    defer { cairo_surface_destroy(surface) }
    // Never null: Cairo keeps a fault in the context, GLib ends where memory does.
    let context: OpaquePointer = cairo_create(surface)
    defer { cairo_destroy(context) }
    return Lettering(on: context)
  }

  private func withDescription<Result>(of font: Font, _ body: (OpaquePointer?) -> Result) -> Result
  {
    let description = pango_font_description_new()
    defer { pango_font_description_free(description) }
    pango_font_description_set_family(description, Font.family)
    pango_font_description_set_absolute_size(description, font.size * Double(CSG_PANGO_SCALE))
    if font.isBold { pango_font_description_set_weight(description, CSG_PANGO_BOLD) }
    return body(description)
  }

  private func set(_ text: String, _ font: Font) {
    withDescription(of: font) { pango_layout_set_font_description(layout, $0) }
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        pango_layout_set_text(layout, $0.baseAddress, Int32(clamping: $0.count))
      }
    }
  }

  /// The width of a text, in points.
  func width(_ text: String, _ font: Font) -> Double {
    set(text, font)
    var width: Int32 = 0
    pango_layout_get_size(layout, &width, nil)
    return Double(width) / Double(CSG_PANGO_SCALE)
  }

  /// Writes a text whose baseline begins at (x, y).
  func write(_ text: String, x: Double, y: Double, _ font: Font) {
    pango_cairo_update_layout(context, layout)
    set(text, font)
    let baseline = Double(pango_layout_get_baseline(layout)) / Double(CSG_PANGO_SCALE)
    cairo_move_to(context, x, y - baseline)
    pango_cairo_show_layout(context, layout)
  }

  /// Whether some letter of a text is in no font of the system: its code stands in its place.
  func lacksLetters(of text: String) -> Bool {
    set(text, .label)
    return pango_layout_get_unknown_glyphs_count(layout) > 0
  }

  /// The font family that the system takes for `Font.family`.
  var family: String {
    withDescription(of: .label) { wanted in
      guard let font = pango_context_load_font(pango_layout_get_context(layout), wanted) else {
        return Font.family
      }
      defer { g_object_unref(UnsafeMutableRawPointer(font)) }
      let found = pango_font_describe(font)
      defer { pango_font_description_free(found) }
      return pango_font_description_get_family(found).map { String(cString: $0) } ?? Font.family
    }
  }
}

/// The fonts of this machine.
package enum SystemFonts {
  /// Those of the texts with a letter that no font has.
  package static func lacking(_ texts: [String]) -> [String] {
    texts.filter(Lettering.measuring().lacksLetters)
  }
}
