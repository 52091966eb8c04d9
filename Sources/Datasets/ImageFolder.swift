import Core
import Foundation

/// A data set as folders of pictures: `DIR/train/CLASS/*.jpg` and `DIR/val/CLASS/*.jpg` (or `test`),
/// as ImageNet is laid out; or `DIR/CLASS/*.jpg`, of which a share tests. Classes, and pictures within a class (folders within it included), stand in
/// the order of their bytes.
package struct ImageFolder: Sendable {
  /// Names of the classes, in label order: those of the folders.
  package let classes: [String]
  /// The two splits.
  package let train: Split, test: Split
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

  /// Finds classes and pictures; none is decoded yet.
  ///
  /// A class that loses more than a tenth of its pictures because they are of kinds that are not read
  /// (`FileContent`) is an error, unless `allowsLoss`; a picture that cannot be had by its name is one
  /// too, unless `skipsCorrupt`. With `validation` a share of `folder/CLASS/*.jpg`, or of `folder/train`
  /// where it stands alone, tests.
  /// - Throws: `CSGError` 66 where a folder is missing, 65 where the classes of the splits differ or
  ///   one has no pictures.
  package init(
    folder: String, form: Form, skipsCorrupt: Bool = false, allowsLoss: Bool = false,
    validation: ValidationShare? = nil
  ) throws {
    guard try Self.isFolder(folder) else {
      throw CSGError(.noInput, "\(folder): no such folder")
    }
    let splits = try Self.splits(of: folder, isParted: validation != nil)
    let names = try splits.map { try Self.classFolders(Self.place(folder, $0)) }
    let besides = try zip(splits, names).map { split, classes in
      let others = (try FileSystem.names(in: Self.place(folder, split)) ?? []).filter {
        !classes.contains($0)
      }
      let found = try FolderWalk(
        root: folder, split: split.isEmpty ? "." : split, besides: others
      ).passedOver
      let loose = found.first { $0.kind == PassedOver.Reason.unsorted.rawValue }
      if classes.isEmpty, let loose {
        throw CSGError.data(
          Self.place(folder, split),
          "has \(NumberText.count(loose.count, "picture")), but no folders of classes",
          remedy: "sort its pictures into a folder for each class, named alike in both splits")
      }
      return found
    }
    if splits.count > 1 {
      try Self.requireSame(names[0], names[1], folder: folder, validation: splits[1])
    }
    guard names[0].count >= 2 else {
      throw CSGError.data(
        Self.place(folder, splits[0]), "has \(names[0].count) class folders, not two or more")
    }
    let classes = names[0].compactMap(\.text)
    self.classes = classes
    let found = try zip(splits, besides).map { split, besides in
      try Split(folder: folder, name: split, classes: classes, besides: besides, form: form)
    }
    if let validation {
      // Before the split is asked for: a class without pictures cannot be parted.
      try found[0].requirePictures(allowsLoss: allowsLoss)
      (train, test) = try found[0].parted(validation)
    } else {
      (train, test) = (found[0], found[1])
    }
    if !skipsCorrupt, let fault = train.unreachable.first ?? test.unreachable.first {
      throw CSGError(
        fault.exitCode, fault.message,
        remedy: (fault.remedy ?? "mend it") + ", or add --skip-corrupt to leave it out")
    }
    for split in found { try split.requirePictures(allowsLoss: allowsLoss) }
  }

  /// Files that become no samples, of both splits.
  package var passedOver: [PassedOver] { train.passedOver + test.passedOver }

  /// Pictures left out by their names, and why.
  package var unreachable: [String] { (train.unreachable + test.unreachable).map(\.message) }

  /// The folders that hold the classes: of two splits, or of one that is to be parted; "" is the folder itself.
  private static func splits(of folder: String, isParted: Bool) throws -> [String] {
    let test = try ["val", "test"].first { try isFolder("\(folder)/\($0)") }
    let hasTrain = try isFolder("\(folder)/train")
    switch (hasTrain, test, isParted) {
    case (true, let test?, false): return ["train", test]
    case (true, nil, true): return ["train"]
    case (false, nil, true): return [""]
    case (_, let test?, true):
      throw CSGError(
        .usage, "--validation: \(folder) has its own \(test)/", remedy: "leave the option out")
    case (_, _, false):
      throw CSGError(
        .noInput, "\(folder): has no folders train/ and val/ (or test/)",
        remedy: "name a folder laid out as train/CLASS/*.jpg and val/CLASS/*.jpg, or split "
          + "CLASS/*.jpg by --validation 0.15")
    }
  }

  private static func place(_ folder: String, _ split: String) -> String {
    split.isEmpty ? folder : "\(folder)/\(split)"
  }

  private static func isFolder(_ path: String) throws -> Bool {
    try FileSystem.kind(of: path) == .folder
  }

  /// The class folders of a split. Nothing that may be one is passed over: a class that vanishes would
  /// shift the labels of all after it.
  /// - Throws: `CSGError` 65 that names a folder whose name is not UTF-8, a link that leads nowhere, or
  ///   two names that are one to the eye.
  private static func classFolders(_ path: String) throws -> [FileName] {
    guard let names = try FileSystem.names(in: path) else {
      throw CSGError(.noInput, "\(path): no such folder")
    }
    let folders = try names.filter { name in
      guard name.bytes.first != UInt8(ascii: ".") else { return false }
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
}
