import Core
import Foundation

/// A data set as folders of pictures: `DIR/train/CLASS/*.jpg` and `DIR/val/CLASS/*.jpg` (or `test`),
/// as ImageNet is laid out. Classes, and pictures within a class, stand in the order of their bytes.
package struct ImageFolder: Sendable {
  /// Names of the classes, in label order: those of the folders.
  package let classes: [String]
  /// The two splits.
  package let train: Split, test: Split
  /// Files and folders within the class folders that are neither JPEG nor PNG by their name, and what
  /// lies beside the class folders.
  package let passedOver: Int

  /// How a picture is stored.
  package struct Form: Sendable {
    /// Pixels or JPEG files.
    package let storage: ImageStorage
    /// Raw: the side, after a resize of the short side to it and a centre crop. JPEG: pictures of a
    /// longer short side are reduced to it; nil: none is.
    package let size: Int?

    /// The side of raw pictures, and of those that the statistics count, where none is given.
    package static let defaultSide = 256
    var side: Int { size ?? Self.defaultSide }

    /// A form; raw pictures have a side.
    package init(storage: ImageStorage, size: Int?) {
      self.storage = storage
      self.size = storage == .raw ? size ?? Self.defaultSide : size
    }
  }

  /// Finds classes and pictures; none is opened yet.
  /// - Throws: `CSGError` 66 where a folder is missing, 65 where the classes of the splits differ or
  ///   one has no pictures.
  package init(folder: String, form: Form) throws {
    guard
      let validation = try ["val", "test"].first(where: { try Self.isFolder("\(folder)/\($0)") }),
      try Self.isFolder("\(folder)/train")
    else {
      throw CSGError(
        .noInput, "\(folder): has no folders train/ and val/ (or test/)",
        remedy: "name a folder laid out as train/CLASS/*.jpg and val/CLASS/*.jpg")
    }
    let names = try ["train", validation].map { try Self.classFolders("\(folder)/\($0)") }
    try Self.requireSame(names[0], names[1], folder: folder, validation: validation)
    guard names[0].count >= 2 else {
      throw CSGError.data("\(folder)/train", "has \(names[0].count) class folders, not two or more")
    }
    classes = names[0].compactMap(\.text)
    train = try Split(folder: folder, name: "train", classes: classes, form: form)
    test = try Split(folder: folder, name: validation, classes: classes, form: form)
    let besides = try ["train", validation].reduce(0) {
      try $0 + Self.list("\(folder)/\($1)").count - names[0].count
    }
    passedOver = train.passedOver + test.passedOver + besides
  }

  private static func isFolder(_ path: String) throws -> Bool {
    try FileSystem.kind(of: path) == .folder
  }

  /// What a folder holds, in byte order; hidden names are left out.
  private static func list(_ path: String) throws -> [FileName] {
    guard let names = try FileSystem.names(in: path) else {
      throw CSGError(.noInput, "\(path): no such folder")
    }
    return names.filter { $0.bytes.first != UInt8(ascii: ".") }
  }

  /// The class folders of a split. Nothing that may be one is passed over: a class that vanishes would
  /// shift the labels of all after it.
  /// - Throws: `CSGError` 65 that names a folder whose name is not UTF-8, a link that leads nowhere, or
  ///   two names that are one to the eye.
  private static func classFolders(_ path: String) throws -> [FileName] {
    let folders = try list(path).filter { name in
      guard let kind = try FileSystem.kind(of: Array(path.utf8) + [UInt8(ascii: "/")] + name.bytes)
      else {
        throw CSGError.data(
          "\(path)/\(name.shown)", "is a link that leads nowhere: a class would be missing",
          remedy: "mend the link, or remove it")
      }
      return kind == .folder
    }
    var seen: [String: FileName] = [:]
    for name in folders {
      guard let text = name.text else {
        throw CSGError.data(
          "\(path)/\(name.shown)", "the folder's name is not UTF-8",
          remedy: "rename it in all splits")
      }
      // Texts are equal where they look alike: as one letter, or as letter and accent.
      if let other = seen.updateValue(name, forKey: text) {
        throw CSGError.data(
          path, "has two folders of one name, spelled \(other.spelled) and \(name.spelled)",
          remedy: "put their pictures into one")
      }
    }
    return folders
  }

  private static func requireSame(
    _ train: [FileName], _ other: [FileName], folder: String, validation: String
  ) throws {
    let differences = [
      ("train", train, other, validation), (validation, other, train, "train"),
    ].flatMap { here, ours, theirs, there in
      ours.filter { !theirs.contains($0) }.map { name in
        guard let alike = theirs.first(where: { $0.text == name.text }) else {
          return "\(here)/\(name.shown) is missing in \(there)/"
        }
        return "\(here)/\(name.shown) is spelled \(name.spelled), in \(there)/ \(alike.spelled)"
      }
    }
    guard differences.isEmpty else {
      throw CSGError.data(
        folder,
        "the splits have different classes: \(differences.prefix(5).joined(separator: ", "))")
    }
  }

  /// The pictures of one split.
  package struct Split: Sendable, SampleSource {
    /// Whether pictures become pixels or files.
    private let form: Form
    private let folder: String
    private let files: [(name: String, label: Int32)]
    private let isTraining: Bool
    let passedOver: Int

    /// Pictures.
    package var count: Int { files.count }
    /// Rows of a raw picture.
    package var height: Int { form.side }
    /// Columns of a raw picture.
    package var width: Int { form.side }
    /// RGB.
    package var channels: Int { 3 }
    /// Yes: the path of the picture below the data set's folder.
    package var hasNames: Bool { true }

    init(folder: String, name split: String, classes: [String], form: Form) throws {
      self.folder = folder
      self.form = form
      isTraining = split == "train"
      var files: [(name: String, label: Int32)] = []
      var others = 0
      for (label, name) in classes.enumerated() {
        let path = "\(folder)/\(split)/\(name)"
        let all = try ImageFolder.list(path)
        let pictures = try all.filter(Self.isPicture).map { picture in
          guard let text = picture.text else {
            throw CSGError.data(
              "\(path)/\(picture.shown)", "the picture's name is not UTF-8", remedy: "rename it")
          }
          return text
        }
        guard !pictures.isEmpty else {
          throw CSGError.data(
            path, "has no .jpg, .jpeg or .png files",
            remedy: "remove the folder, or fill it")
        }
        others += all.count - pictures.count
        files += pictures.map { ("\(split)/\(name)/\($0)", Int32(label)) }
      }
      self.files = files
      passedOver = others
    }

    private static func isPicture(_ name: FileName) -> Bool {
      guard let dot = name.bytes.lastIndex(of: UInt8(ascii: ".")) else { return false }
      let suffix = String(decoding: name.bytes[(dot + 1)...], as: UTF8.self).lowercased()
      return ["jpg", "jpeg", "png"].contains(suffix)
    }

    /// Every picture's name and size.
    package func scan() throws -> [Agreement] {
      try files.map { name, _ in
        let size = try FileSystem.size(of: "\(folder)/\(name)").map { "\($0) bytes" }
        return Agreement(name, size ?? "a link that leads nowhere", exitCode: .data)
      }
    }

    /// Reads, decodes and converts one picture.
    package func sample(_ index: Int) throws -> Sample {
      let (name, label) = files[index]
      let path = "\(folder)/\(name)"
      guard let bytes = try FileSystem.contents(of: path) else {
        throw CSGError(
          .noInput, "\(path): leads nowhere, or has gone", remedy: "mend the link, or remove it")
      }
      var picture = try Picture(decoding: bytes, path: path)
      guard form.storage == .jpeg else {
        return Sample(
          .pixels(picture.centered(side: form.side)), label: label, name: name)
      }
      let view = isTraining ? picture.centered(side: form.side) : nil
      let shrinks = form.size.map { min(picture.height, picture.width) > $0 } ?? false
      if shrinks { picture = picture.reduced(shortSide: form.side) }
      let file =
        shrinks || !Picture.isPlainJPEG(bytes)
        ? try picture.jpeg(quality: 95, path: path) : bytes
      return Sample(
        .jpeg(file, height: picture.height, width: picture.width), label: label, name: name,
        view: view)
    }
  }
}
