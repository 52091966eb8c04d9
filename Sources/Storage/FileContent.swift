/// What a file is that was brought in another's place, by its first bytes.
package enum FileContent: String, Sendable {
  case empty
  case html = "HTML"
  case xml = "XML"
  case largeFilePointer = "Git LFS pointer"
  case webP = "WebP"
  case bmp = "BMP"
  case gif = "GIF"
  case tiff = "TIFF"
  case heif = "HEIF or AVIF"
  case netpbm = "Netpbm"
  case zip = "ZIP"
  case gzip
  case pickle = "Python pickle"
  case hdf5 = "HDF5"

  /// Bytes of a file that tell what it is.
  package static let startBytes = 256

  /// What a file is that begins so; nil where that tells of nothing known.
  package init?(_ bytes: some Collection<UInt8>) {
    let start = Array(bytes.prefix(Self.startBytes))
    func begins(_ text: String, at place: Int = 0) -> Bool {
      start.dropFirst(place).starts(with: text.utf8)
    }
    let isNetpbm =
      start.count > 2 && start[0] == UInt8(ascii: "P") && (0x31...0x37).contains(start[1])
      && [9, 10, 13, 32].contains(start[2])
    let text = String(decoding: start.drop { $0 <= 32 }, as: UTF8.self).lowercased()
    if start.isEmpty {
      self = .empty
    } else if begins("RIFF") && begins("WEBP", at: 8) {
      self = .webP
    } else if begins("GIF8") {
      self = .gif
    } else if begins("II*\0") || begins("MM\0*") {
      self = .tiff
    } else if begins("ftyp", at: 4)
      && ["avif", "heic", "heix", "mif1", "msf1"].contains(where: { begins($0, at: 8) })
    {
      self = .heif
    } else if begins("BM") && start.count > 26 {
      self = .bmp
    } else if isNetpbm {
      self = .netpbm
    } else if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
      self = .html
    } else if text.hasPrefix("<?xml") {
      self = .xml
    } else if text.hasPrefix("version https://git-lfs") {
      self = .largeFilePointer
    } else if start.starts(with: [0x50, 0x4B, 3, 4]) {
      self = .zip
    } else if start.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      self = .pickle
    } else if start.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      self = .hdf5
    } else {
      return nil
    }
  }
}
