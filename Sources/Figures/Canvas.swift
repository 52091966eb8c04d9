import CCairo
import Core

/// The door to Cairo: marks on a surface, in points from the top left.
///
/// Cairo keeps the first fault of a surface and ignores what follows; `svg` and `png` ask for it.
final class Canvas {
  private let surface: OpaquePointer, context: OpaquePointer
  let lettering: Lettering
  /// Whether texts are kept for the file that the marks go to, rather than drawn.
  private let keepsTexts: Bool
  /// The texts that were kept, in their order.
  private var texts: [PlacedText] = []

  private init(_ surface: OpaquePointer, keepsTexts: Bool = false) {
    self.surface = surface
    self.keepsTexts = keepsTexts
    context = cairo_create(surface)
    lettering = Lettering(on: context)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  // MARK: Surfaces

  private final class Sink { var bytes: [UInt8] = [] }

  private static let append: cairo_write_func_t = { closure, data, count in
    guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
    let sink = Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue()
    sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
    return CAIRO_STATUS_SUCCESS
  }

  private func check(_ status: cairo_status_t, _ what: String) throws {
    guard status == CAIRO_STATUS_SUCCESS else {
      throw CSGError(
        .failure,
        "\(what) cannot be drawn: Cairo: \(String(cString: cairo_status_to_string(status)))"
      )
    }
  }

  /// What `draw` draws: its marks as Cairo's SVG, and its texts; `what` is for errors.
  static func svg(width: Double, height: Double, what: String, draw: (Canvas) -> Void) throws
    -> (marks: [UInt8], texts: [PlacedText])
  {
    let sink = Sink()
    let canvas = Canvas(
      cairo_svg_surface_create_for_stream(
        append, Unmanaged.passUnretained(sink).toOpaque(), width, height), keepsTexts: true)
    cairo_svg_surface_set_document_unit(canvas.surface, CAIRO_SVG_UNIT_PX)
    draw(canvas)
    try canvas.check(cairo_status(canvas.context), what)
    cairo_surface_finish(canvas.surface)
    try canvas.check(cairo_surface_status(canvas.surface), what)
    return withExtendedLifetime(sink) { (sink.bytes, canvas.texts) }
  }

  /// What `draw` draws, as a PNG file of `scale` pixels a point.
  static func png(
    width: Double, height: Double, scale: Double, what: String, draw: (Canvas) -> Void
  ) throws -> [UInt8] {
    let sink = Sink()
    let canvas = Canvas(
      cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, Int32((width * scale).rounded(.up)),
        Int32((height * scale).rounded(.up))))
    cairo_scale(canvas.context, scale, scale)
    draw(canvas)
    try canvas.check(cairo_status(canvas.context), what)
    try canvas.check(
      cairo_surface_write_to_png_stream(
        canvas.surface, append, Unmanaged.passUnretained(sink).toOpaque()), what)
    return withExtendedLifetime(sink) { sink.bytes }
  }

  // MARK: Marks

  private func use(_ color: Color) {
    cairo_set_source_rgb(
      context, Double(color.red) / 255, Double(color.green) / 255, Double(color.blue) / 255)
  }

  /// Fills a rectangle.
  func fill(_ box: Box, _ color: Color) {
    use(color)
    cairo_rectangle(context, box.x, box.y, box.width, box.height)
    cairo_fill(context)
  }

  /// Draws along the sides of a rectangle.
  func outline(_ box: Box, _ color: Color, width: Double = 1) {
    use(color)
    cairo_set_line_width(context, width)
    cairo_rectangle(context, box.x, box.y, box.width, box.height)
    cairo_stroke(context)
  }

  /// Draws through points; `dash` are lengths on and off.
  func line(_ points: [(x: Double, y: Double)], _ color: Color, width: Double, dash: [Double] = [])
  {
    guard let first = points.first else { return }
    use(color)
    cairo_set_line_width(context, width)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_dash(context, dash, Int32(dash.count), 0)
    cairo_move_to(context, first.x, first.y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_stroke(context)
    cairo_set_dash(context, [], 0, 0)
  }

  /// Fills a polygon.
  func fill(polygon points: [(x: Double, y: Double)], _ color: Color) {
    use(color)
    for point in points { cairo_line_to(context, point.x, point.y) }
    cairo_close_path(context)
    cairo_fill(context)
  }

  /// Fills a circle.
  func fill(circleAt center: (x: Double, y: Double), radius: Double, _ color: Color) {
    use(color)
    cairo_new_sub_path(context)
    cairo_arc(context, center.x, center.y, radius, 0, 2 * Double.pi)
    cairo_fill(context)
  }

  /// Draws only within a box.
  func clipped(to box: Box, _ draw: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, box.x, box.y, box.width, box.height)
    cairo_clip(context)
    draw()
    cairo_restore(context)
  }

  /// Paints colours [rows][columns] as cells of the same size, without smoothing, from the top left
  /// of `box`; what goes beyond it is cut off.
  func cells(
    _ colors: [Color], columns: Int, width: Double, height: Double, in box: Box
  ) {
    let rows = colors.count / columns
    guard let image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(columns), Int32(rows))
    else { return }
    defer { cairo_surface_destroy(image) }
    cairo_surface_flush(image)
    if let data = cairo_image_surface_get_data(image) {
      let stride = Int(cairo_image_surface_get_stride(image))
      for row in 0..<rows {
        for column in 0..<columns {
          UnsafeMutableRawPointer(data).storeBytes(
            of: colors[row * columns + column].hex, toByteOffset: row * stride + 4 * column,
            as: UInt32.self)
        }
      }
      cairo_surface_mark_dirty(image)
    }
    clipped(to: box) {
      cairo_translate(context, box.x, box.y)
      cairo_scale(context, width, height)
      cairo_set_source_surface(context, image, 0, 0)
      cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
      cairo_paint(context)
    }
  }

  // MARK: Text

  /// Writes a text whose line has its anchor at (x, y), in the middle of the height of its digits;
  /// `angle` turns it clockwise, in degrees.
  func text(
    _ text: String, x: Double, y: Double, _ font: Font, _ anchor: PlacedText.Anchor = .left,
    angle: Double = 0, color: Color = .text
  ) {
    guard !keepsTexts else {
      texts.append(
        PlacedText(
          text: text, x: x, y: y, font: font, anchor: anchor, angle: angle, color: color))
      return
    }
    cairo_save(context)
    cairo_translate(context, x, y)
    if angle != 0 { cairo_rotate(context, angle * .pi / 180) }
    use(color)
    lettering.write(
      text, x: -anchor.rawValue * lettering.width(text, font), y: font.baseline, font)
    cairo_restore(context)
  }
}

/// A rectangle, in points.
struct Box: Equatable {
  var x: Double, y: Double, width: Double, height: Double

  var right: Double { x + width }
  var bottom: Double { y + height }
}
