import CPicture
import Core

extension Picture {
  /// The picture as a baseline JPEG file of at most `most` bytes without subsampled colours. One build
  /// of libjpeg makes the same bytes always.
  /// - Throws: `CSGError` 65 that names `path`, for a side above 65,500 or a larger file.
  package func jpeg(quality: Int, path: String, most: Int = Int(Int32.max)) throws -> [UInt8] {
    precondition([1, 3].contains(channels) && (1...100).contains(quality) && most > 0)
    guard max(height, width) <= Int(CPICTURE_JPEG_SIDE) else {
      throw CSGError.data(
        path,
        "has \(height) × \(width) pixels, and no side of a JPEG file exceeds \(CPICTURE_JPEG_SIDE): "
          + "--storage raw takes it")
    }
    return try encoded(as: .jpeg, path: path) { bytes, count, message in
      cpicture_jpeg_encode(
        pixels, Int32(height), Int32(width), Int32(channels), Int32(quality), most, bytes, count,
        message)
    }
  }

  /// The picture as a PNG file, grey or RGB; `path` is for errors only.
  /// - Throws: `CSGError` 65 that quotes the library, such as for a side above 1,000,000.
  package func png(path: String) throws -> [UInt8] {
    precondition([1, 3].contains(channels))
    return try encoded(as: .png, path: path) { bytes, count, message in
      cpicture_png_encode(
        pixels, Int32(height), Int32(width), Int32(channels), bytes, count, message)
    }
  }

  private func encoded(
    as format: PictureFormat, path: String,
    by encode: (
      UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>,
      UnsafeMutablePointer<CChar>
    ) -> Int32
  ) throws -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let fault = "cannot become a \(format == .jpeg ? "JPEG" : "PNG") file"
    try format.withMessage(path, fault: fault) { encode(&bytes, &count, $0) }
    defer { cpicture_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}
