import Core
import Foundation

/// A data set as folders of pictures: `DIR/train/CLASS/*.jpg` and `DIR/val/CLASS/*.jpg` (or `test`),
/// as ImageNet is laid out. Classes, and pictures within a class, stand in the order of their bytes.
public struct ImageFolder: Sendable {
  /// Names of the classes, in label order: those of the folders.
  public let classes: [String]
  /// The two splits.
  public let train: Split, test: Split
  /// Files and folders within the class folders that are neither JPEG nor PNG by their name.
  public let passedOver: Int

  /// How a picture is stored.
  public struct Form: Sendable {
    /// Pixels or JPEG files.
    public let storage: ImageStorage
    /// Raw: the side, after a resize of the short side to it and a centre crop. JPEG: pictures of a
    /// longer short side are reduced to it; nil: none is.
    public let size: Int?

    /// The side of raw pictures, and of those that the statistics count, where none is given.
    public static let defaultSide = 256
    var side: Int { size ?? Self.defaultSide }

    /// A form; raw pictures have a side.
    public init(storage: ImageStorage, size: Int?) {
      self.storage = storage
      self.size = storage == .raw ? size ?? Self.defaultSide : size
    }
  }

  /// Finds classes and pictures; none is opened yet.
  /// - Throws: `CSGError` 66 where a folder is missing, 65 where the classes of the splits differ or
  ///   one has no pictures.
  public init(folder: String, form: Form) throws {
    guard let validation = ["val", "test"].first(where: { Self.isFolder("\(folder)/\($0)") }),
      Self.isFolder("\(folder)/train")
    else {
      throw CSGError(
        .noInput, "\(folder): has no folders train/ and val/ (or test/)",
        remedy: "name a folder laid out as train/CLASS/*.jpg and val/CLASS/*.jpg")
    }
    let names = try ["train", validation].map { try Self.list("\(folder)/\($0)", folders: true) }
    let differences = [
      ("train", names[0], names[1], validation), (validation, names[1], names[0], "train"),
    ].flatMap { here, ours, theirs, there in
      ours.filter { !theirs.contains($0) }.map { "\(here)/\($0) is missing in \(there)/" }
    }
    guard differences.isEmpty else {
      throw CSGError.data(
        folder,
        "the splits have different classes: \(differences.prefix(5).joined(separator: ", "))")
    }
    guard names[0].count >= 2 else {
      throw CSGError.data("\(folder)/train", "has \(names[0].count) class folders, not two or more")
    }
    classes = names[0]
    train = try Split(folder: folder, name: "train", classes: names[0], form: form)
    test = try Split(folder: folder, name: validation, classes: names[0], form: form)
    passedOver = train.passedOver + test.passedOver
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// The folders, or all else, within a folder, in byte order; hidden ones are left out.
  private static func list(_ path: String, folders: Bool) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw CSGError(.noInput, "\(path): cannot be listed", remedy: "check its rights")
    }
    return names.filter { !$0.hasPrefix(".") && (!folders || isFolder("\(path)/\($0)")) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The pictures of one split.
  public struct Split: Sendable, SampleSource {
    /// Whether pictures become pixels or files.
    private let form: Form
    private let folder: String
    private let files: [(name: String, label: Int32)]
    private let isTraining: Bool
    let passedOver: Int

    /// Pictures.
    public var count: Int { files.count }
    /// Rows of a raw picture.
    public var height: Int { form.side }
    /// Columns of a raw picture.
    public var width: Int { form.side }
    /// RGB.
    public var channels: Int { 3 }
    /// Yes: the path of the picture below the data set's folder.
    public var hasNames: Bool { true }

    init(folder: String, name split: String, classes: [String], form: Form) throws {
      self.folder = folder
      self.form = form
      isTraining = split == "train"
      var files: [(name: String, label: Int32)] = []
      var others = 0
      for (label, name) in classes.enumerated() {
        let all = try ImageFolder.list("\(folder)/\(split)/\(name)", folders: false)
        let pictures = all.filter {
          ["jpg", "jpeg", "png"].contains(($0 as NSString).pathExtension.lowercased())
        }
        guard !pictures.isEmpty else {
          throw CSGError.data(
            "\(folder)/\(split)/\(name)", "has no .jpg, .jpeg or .png files",
            remedy: "remove the folder, or fill it")
        }
        others += all.count - pictures.count
        files += pictures.map { ("\(split)/\(name)/\($0)", Int32(label)) }
      }
      self.files = files
      passedOver = others
    }

    /// Reads, decodes and converts one picture.
    public func sample(_ index: Int) throws -> Sample {
      let (name, label) = files[index]
      let path = "\(folder)/\(name)"
      guard let bytes = FileManager.default.contents(atPath: path).map([UInt8].init) else {
        throw CSGError(.noInput, "\(path): cannot be read", remedy: "check its rights")
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
