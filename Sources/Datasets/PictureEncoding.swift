import CPicture
import Core

extension Picture {
  /// The picture as a baseline JPEG file without subsampled colours. One build of libjpeg makes the
  /// same bytes always.
  /// - Throws: `CSGError` 65 that quotes the library, such as for a side above 65,500.
  func jpeg(quality: Int, path: String) throws -> [UInt8] {
    precondition([1, 3].contains(channels) && (1...100).contains(quality))
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    try PictureFormat.jpeg.withMessage(path) { message in
      cpicture_jpeg_encode(
        pixels, Int32(height), Int32(width), Int32(channels), Int32(quality), &bytes, &count,
        message)
    }
    defer { cpicture_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}
