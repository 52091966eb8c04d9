extension Picture {
  /// The part within `box`, which may reach over the edges: 0 outside the picture.
  package func cropped(to box: PictureBox) -> Picture {
    precondition(box.height > 0 && box.width > 0, "an empty box")
    var part = [UInt8](repeating: 0, count: box.height * box.width * channels)
    let rows = (box.top..<box.top + box.height).clamped(to: 0..<height)
    let columns = (box.left..<box.left + box.width).clamped(to: 0..<width)
    for row in rows where !columns.isEmpty {
      let source = (row * width + columns.lowerBound) * channels
      let target = ((row - box.top) * box.width + columns.lowerBound - box.left) * channels
      let count = columns.count * channels
      part.replaceSubrange(target..<target + count, with: pixels[source..<source + count])
    }
    return Picture(height: box.height, width: box.width, channels: channels, pixels: part)
  }
}
