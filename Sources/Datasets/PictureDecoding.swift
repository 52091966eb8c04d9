import CPicture
import Core
import Foundation
import Storage

/// The kind of a picture's file, by its first bytes.
enum PictureFormat {
  case jpeg, png

  init?(_ bytes: [UInt8]) {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else {
      return nil
    }
  }

  /// What the file says of its picture, within the limit on pixels.
  /// - Throws: `CSGError` 65 that names `path` and quotes the library.
  func header(_ bytes: [UInt8], path: String) throws -> cpicture_header {
    var header = cpicture_header()
    try withMessage(path) { message in
      switch self {
      case .jpeg: cpicture_jpeg_header(bytes, bytes.count, &header, message)
      case .png: cpicture_png_header(bytes, bytes.count, &header, message)
      }
    }
    guard let pixels = [Int(header.height), Int(header.width)].checkedProduct(), pixels > 0,
      pixels <= Picture.mostPixels
    else {
      throw CSGError.data(
        path, "has \(header.height) × \(header.width) pixels: more than \(Picture.mostPixels)")
    }
    return header
  }

  /// Calls a function of the libraries, which answers below 0 after writing why; then `fault` says
  /// what that means for the picture.
  func withMessage(
    _ path: String, fault: String? = nil, _ call: (UnsafeMutablePointer<CChar>) -> Int32
  ) throws {
    let capacity = Int(CPICTURE_MESSAGE)
    let (code, text) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) {
      $0.initialize(repeating: 0)
      let code = call($0.baseAddress!)
      return (code, code == 0 ? "" : String(cString: $0.baseAddress!))
    }
    guard code == 0 else {
      let fault = fault ?? "is no whole \(self == .jpeg ? "JPEG" : "PNG") picture"
      throw CSGError.data(path, "\(fault): \(text)")
    }
  }
}

extension Picture {
  /// The largest picture that is decoded: about 0.4 GB of RGB.
  package static let mostPixels = 1 << 27

  /// What to make of a file.
  package enum Content: Sendable {
    /// Upright RGB: grey, palettes and CMYK converted, alpha left out, of 16 bits the high byte.
    case rgb
    /// A PNG's values as they are stored, one a pixel: a palette's indices, or levels of at most 8
    /// bits.
    case stored
  }

  /// The picture of a JPEG or PNG file; its content decides, not its name.
  /// - Throws: `CSGError` 66 where it cannot be read, 65 where it is damaged, cut or foreign.
  package init(path: String, as content: Content = .rgb) throws {
    guard let bytes = try FileSystem.contents(of: path) else {
      throw CSGError(.noInput, "\(path): cannot be read")
    }
    try self.init(decoding: bytes, path: path, as: content)
  }

  /// The picture of a file's bytes; `path` is for errors only.
  /// - Throws: `CSGError` 65 that names `path` and quotes the library.
  package init(decoding bytes: [UInt8], path: String, as content: Content = .rgb) throws {
    guard let format = PictureFormat(bytes) else {
      let content = FileContent(bytes).map { ", but \($0.rawValue)" } ?? ""
      throw CSGError.data(path, "is neither a JPEG nor a PNG file\(content)")
    }
    let header = try format.header(bytes, path: path)
    switch (format, content) {
    case (.jpeg, .rgb):
      let picture = try Picture(jpeg: bytes, header: header, path: path)
      self = picture.inRGB().upright(orientation: Exif.orientation(jpeg: bytes))
    case (.png, .rgb):
      let picture = try Picture(png: bytes, header: header, channels: 3, path: path)
      self = picture.upright(orientation: Exif.orientation(png: bytes))
    case (.png, .stored) where header.stored != 0:
      self = try Picture(png: bytes, header: header, channels: 1, path: path)
    case (_, .stored):
      throw CSGError.data(path, "is no PNG file of a palette or of grey levels up to 8 bits")
    }
  }

  /// Whether a file that decodes can be stored as it is: a baseline JPEG of three colours, upright.
  static func isPlainJPEG(_ bytes: [UInt8]) -> Bool {
    guard PictureFormat(bytes) == .jpeg, Exif.orientation(jpeg: bytes) == 1,
      let header = try? PictureFormat.jpeg.header(bytes, path: "")
    else { return false }
    return header.channels == 3 && header.progressive == 0
  }

  private init(jpeg bytes: [UInt8], header: cpicture_header, path: String) throws {
    self.init(header, channels: Int(header.channels))
    try PictureFormat.jpeg.withMessage(path) { message in
      pixels.withUnsafeMutableBufferPointer {
        cpicture_jpeg_decode(bytes, bytes.count, $0.baseAddress, $0.count, message)
      }
    }
  }

  private init(png bytes: [UInt8], header: cpicture_header, channels: Int, path: String) throws {
    self.init(header, channels: channels)
    try PictureFormat.png.withMessage(path) { message in
      pixels.withUnsafeMutableBufferPointer {
        cpicture_png_decode(
          bytes, bytes.count, channels == 1 ? 1 : 0, $0.baseAddress, $0.count, message)
      }
    }
  }

  private init(_ header: cpicture_header, channels: Int) {
    let (height, width) = (Int(header.height), Int(header.width))
    self.init(
      height: height, width: width, channels: channels,
      pixels: [UInt8](repeating: 0, count: height * width * channels))
  }

  /// Grey and CMYK (stored inverted, as Adobe does and every decoder assumes) as RGB, with
  /// Pillow's rounding.
  private func inRGB() -> Picture {
    guard channels != 3 else { return self }
    var rgb: [UInt8] = []
    rgb.reserveCapacity(3 * height * width)
    if channels == 1 {
      for level in pixels {
        for _ in 0..<3 { rgb.append(level) }
      }
    } else {
      for start in stride(from: 0, to: pixels.count, by: 4) {
        let black = Int(pixels[start + 3])
        for channel in 0..<3 {
          let ink = (255 - Int(pixels[start + channel])) * black + 128
          rgb.append(UInt8(max(0, black - (ink >> 8 + ink) >> 8)))
        }
      }
    }
    return Picture(height: height, width: width, channels: 3, pixels: rgb)
  }
}
