import Core
import Foundation
import Storage

/// The files below a class's folder, folders within it walked, in the order of their paths' bytes.
///
/// A name that ends in .jpg, .jpeg, .jpe, .jfif or .png promises a picture, and is one until it is opened;
/// of any other file the first bytes decide.
struct FolderWalk {
  /// Pictures, by their paths below the data set's folder.
  private(set) var pictures: [String] = []
  /// Pictures that cannot be had by their names, and why.
  private(set) var faults: [CSGError] = []
  /// All else.
  private(set) var passedOver: [PassedOver] = []
  private let root: String
  private let className: String?

  /// Walks `root/place`.
  /// - Throws: `CSGError` 65 for a link that leads back to a folder around it.
  init(root: String, place: String, className: String? = nil) throws {
    self.root = root
    self.className = className
    try walk(place, within: [])
    pictures.sort { FileName(Array($0.utf8)) < FileName(Array($1.utf8)) }
  }

  /// Counts what lies beside the folders of classes in a split: `names`, none of which is a folder,
  /// unless hidden.
  init(root: String, split: String, besides names: [FileName]) throws {
    self.root = root
    className = nil
    for name in names { try look(at: name, in: split, within: []) }
    for picture in pictures { passOver(PassedOver.Reason.unsorted.rawValue, picture) }
    pictures = []
  }

  private mutating func walk(_ place: String, within folders: [String]) throws {
    let path = "\(root)/\(place)"
    if let around = folders.first(where: { FileSystem.isSame($0, path) }) {
      throw CSGError.data(path, "leads back to \(around)", remedy: "remove the link")
    }
    for name in try FileSystem.names(in: path) ?? [] {
      try look(at: name, in: place, within: folders + [path])
    }
  }

  private mutating func look(at name: FileName, in place: String, within folders: [String]) throws {
    let shown = "\(place)/\(name.shown)"
    guard name.bytes.first != UInt8(ascii: ".") else {
      return passOver(PassedOver.Reason.hidden.rawValue, shown)
    }
    if let text = name.text, Self.promisesPicture(name) {
      return pictures.append("\(place)/\(text)")
    }
    let bytes = Array("\(root)/\(place)/".utf8) + name.bytes
    guard let kind = try FileSystem.kind(of: bytes) else {
      return passOver(PassedOver.Reason.deadLink.rawValue, shown)
    }
    guard let text = name.text else {
      if kind == .folder || Self.promisesPicture(name) {
        faults.append(
          CSGError.data(
            "\(root)/\(shown)", "the \(kind == .folder ? "folder" : "picture")'s name is not UTF-8",
            remedy: "rename it"))
      } else {
        passOver(PassedOver.Reason.other.rawValue, shown)
      }
      return
    }
    switch kind {
    case .folder:
      try walk("\(place)/\(text)", within: folders)
    case .file:
      let start = try Self.start(of: "\(root)/\(shown)")
      if PictureFormat(start) != nil {
        pictures.append("\(place)/\(text)")
      } else {
        passOver(PassedOver.kind(of: start, name: text), shown)
      }
    case .link, .other: passOver(PassedOver.Reason.other.rawValue, shown)
    }
  }

  private mutating func passOver(_ kind: String, _ name: String) {
    let index =
      passedOver.firstIndex { $0.kind == kind }
      ?? {
        passedOver.append(PassedOver(kind, className: className))
        return passedOver.count - 1
      }()
    passedOver[index].add(name)
  }

  private static func promisesPicture(_ name: FileName) -> Bool {
    guard let dot = name.bytes.lastIndex(of: UInt8(ascii: ".")) else { return false }
    let suffix = String(decoding: name.bytes[(dot + 1)...], as: UTF8.self).lowercased()
    return ["jpg", "jpeg", "jpe", "jfif", "png"].contains(suffix)
  }

  /// The first bytes of a file; none where it may not be read.
  private static func start(of path: String) throws -> [UInt8] {
    do {
      return try FileSystem.start(of: path, count: FileContent.startBytes)
    } catch let error as CSGError where error.exitCode == .noInput {
      return []
    }
  }
}
