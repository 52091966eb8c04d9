import Core
import Foundation

/// What a file is that becomes no sample, by its first bytes; where they say nothing, by its name.
package enum ForeignFile: String, Sendable {
  case webP = "WebP"
  case bmp = "BMP"
  case gif = "GIF"
  case tiff = "TIFF"
  case heif = "HEIF or AVIF"
  case netpbm = "Netpbm"
  case html = "HTML"
  case largeFilePointer = "Git LFS pointer"
  /// In no class.
  case unsorted = "JPEG or PNG"
  case empty
  case hidden
  case thumbnails = "Thumbs.db"
  case deadLink = "link to nothing"
  case other

  /// Bytes of a file that tell what it is.
  static let startBytes = 256

  /// The kind of a file that begins so.
  init(start: [UInt8], name: FileName) {
    func begins(_ text: String, at place: Int = 0) -> Bool {
      start.dropFirst(place).starts(with: text.utf8)
    }
    let isNetpbm =
      start.count > 2 && start[0] == UInt8(ascii: "P") && (0x31...0x37).contains(start[1])
      && [9, 10, 13, 32].contains(start[2])
    let text = String(decoding: start.drop { $0 <= 32 }, as: UTF8.self).lowercased()
    if name.bytes.first == UInt8(ascii: ".") {
      self = .hidden
    } else if start.isEmpty {
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
    } else if begins("version https://git-lfs") {
      self = .largeFilePointer
    } else if name.text?.lowercased() == "thumbs.db" {
      self = .thumbnails
    } else {
      self = .other
    }
  }

  /// Whether it shows something: a picture that is lost to its class.
  var isPicture: Bool {
    switch self {
    case .webP, .bmp, .gif, .tiff, .heif, .netpbm: true
    case .unsorted, .html, .largeFilePointer, .empty, .hidden, .thumbnails, .deadLink, .other: false
    }
  }
}

/// Files of one kind, in one class of a split, that are no samples.
package struct PassedOver: Codable, Equatable, Sendable {
  /// Names that are kept.
  private static let kept = 3

  /// What they are: "WebP", "empty", …
  package let kind: String
  /// Their class; nil for what lies beside the folders of classes.
  package let className: String?
  /// Files.
  package private(set) var count = 0
  /// The first of them, below the data set's folder.
  package private(set) var names: [String] = []

  enum CodingKeys: String, CodingKey {
    case kind, count, names
    case className = "class"
  }

  init(_ kind: ForeignFile, className: String?) {
    self.kind = kind.rawValue
    self.className = className
  }

  mutating func add(_ name: String) {
    count += 1
    if names.count < Self.kept { names.append(name) }
  }

  /// Whether they are pictures that the class loses.
  var isLoss: Bool { ForeignFile(rawValue: kind)?.isPicture == true }

  /// A line for each kind, over all classes: `7 WebP (6 of fox, 1 of cat): train/fox/0.webp, …`.
  package static func lines(_ all: [PassedOver]) -> [String] {
    var kinds: [String] = []
    for one in all where !kinds.contains(one.kind) { kinds.append(one.kind) }
    return kinds.map { kind in
      let ones = all.filter { $0.kind == kind }
      let count = ones.reduce(0) { $0 + $1.count }
      let names = ones.flatMap(\.names).prefix(kept)
      var classes: [(name: String, count: Int)] = []
      for one in ones {
        let name = one.className ?? "no class"
        if let place = classes.firstIndex(where: { $0.name == name }) {
          classes[place].count += one.count
        } else {
          classes.append((name, one.count))
        }
      }
      let most = classes.sorted { $0.count > $1.count }.prefix(kept)
      let rest = classes.count - most.count
      let shares =
        most.map { "\($0.count) of \($0.name)" }.joined(separator: ", ")
        + (rest > 0 ? ", the others of \(rest) more" : "")
      return "\(count) \(kind)" + (classes.count > 1 ? " (\(shares))" : "") + ": "
        + names.joined(separator: ", ") + (count > names.count ? ", …" : "")
    }
  }
}
