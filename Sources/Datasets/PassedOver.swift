import Core
import Storage

extension FileContent {
  /// Whether it shows something: a picture that is lost to its class.
  fileprivate var isPicture: Bool {
    switch self {
    case .webP, .bmp, .gif, .tiff, .heif, .netpbm: true
    case .empty, .html, .xml, .largeFilePointer, .zip, .gzip, .pickle, .hdf5: false
    }
  }
}

/// Files of one kind, in one class of a split, that are no samples.
package struct PassedOver: Codable, Equatable, Sendable {
  /// Names that are kept.
  private static let kept = 3

  /// Kinds that no content tells.
  enum Reason: String {
    case hidden
    case deadLink = "link to nothing"
    case thumbnails = "Thumbs.db"
    /// Pictures in no class.
    case unsorted = "JPEG or PNG"
    case other
  }

  /// What a file is that is neither hidden nor a picture that is read, by its first bytes; where they say
  /// nothing, by its name.
  static func kind(of start: [UInt8], name: String) -> String {
    if let content = FileContent(start) { return content.rawValue }
    let isThumbnails = name.lowercased() == Reason.thumbnails.rawValue.lowercased()
    return (isThumbnails ? Reason.thumbnails : .other).rawValue
  }

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

  init(_ kind: String, className: String?) {
    self.kind = kind
    self.className = className
  }

  mutating func add(_ name: String) {
    count += 1
    if names.count < Self.kept { names.append(name) }
  }

  /// Whether they are pictures that the class loses.
  var isLoss: Bool { FileContent(rawValue: kind)?.isPicture == true }

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
