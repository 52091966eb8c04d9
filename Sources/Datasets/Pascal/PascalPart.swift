import Core
import Foundation

/// The objects of six animals that PASCAL-Part, or PASCAL VOC's own segmentation, outlines in a devkit.
///
/// A sample is the square around an object's mask (`ObjectMask.square`), black outside the picture,
/// resized by Lanczos's filter; its mask is resized by the nearest pixel. Samples follow their
/// pictures' names, then the objects' numbers.
package struct PascalPart {
  /// Names of the classes, in label order.
  package static let classes = ["bird", "cat", "dog", "cow", "horse", "sheep"]

  /// One object that becomes a sample.
  package struct Crop: Codable, Sendable {
    /// The picture's file without its suffix, and the object's number within it, from 1.
    package let stem: String, number: Int
    /// Its class, an index of `classes`.
    package let label: Int32
    /// Source file and object number: `2008_000652.jpg#2`.
    package var name: String { "\(stem).jpg#\(number)" }
  }

  /// Samples on their way into shards.
  package struct Split: SampleSource {
    /// In source order.
    package fileprivate(set) var crops: [Crop] = []
    /// Pictures left out before they were shared out; counted with the training split.
    package fileprivate(set) var skipped = 0
    private let reader: PascalReader

    fileprivate init(reader: PascalReader) { self.reader = reader }

    /// Samples of each class.
    package var classCounts: [Int] {
      PascalPart.classes.indices.map { label in crops.count { $0.label == label } }
    }

    /// Samples.
    package var count: Int { crops.count }
    /// Rows of a sample.
    package var height: Int { reader.size }
    /// Columns of a sample.
    package var width: Int { reader.size }
    /// RGB.
    package var channels: Int { 3 }
    /// Yes: source file and object number.
    package var hasNames: Bool { true }
    /// Yes.
    package var hasMasks: Bool { true }

    /// Reads a picture and its outlines, and cuts one object out.
    package func sample(_ index: Int) throws -> Sample {
      let crop = crops[index]
      let (image, mask) = try reader.read(crop)
      return Sample(.pixels(image), label: crop.label, name: crop.name, mask: mask)
    }
  }

  /// What was found beside the samples.
  package struct Tally: Sendable {
    /// Pictures without outlines, or in neither list.
    package var picturesWithoutOutlines = 0, picturesInNoList = 0
    /// Objects of other classes.
    package var otherObjects = 0
    /// Objects of the six animals without a pixel: `2008_000652.jpg#2`.
    package var objectsWithoutPixel: [String] = []
    /// Pictures left out, and why.
    package var corrupt: [CSGError] = []
  }

  /// Faults that an error lists.
  private static let listedFaults = 3
  /// The two splits.
  package private(set) var train: Split, test: Split
  /// What was passed over.
  package private(set) var tally = Tally()

  /// Looks through a devkit and shares its objects out as samples of `size` × `size` pixels. Every
  /// file that will be read again is read once, so that faults show before anything is written.
  /// - Throws: `CSGError` 66 where a folder or list is missing, or a split has no object; 65 where a
  ///   file is damaged, contradicts another, or is missing for another, unless `skipsCorrupt`.
  package init(
    devkit: String, size: Int, split: PascalSplit, skipsCorrupt: Bool,
    ranks: any Ranks = SingleRank(),
    progress: (String) -> Void
  ) throws {
    let reader = PascalReader(devkit: devkit, size: size)
    train = Split(reader: reader)
    test = Split(reader: reader)
    var stems: [String] = []
    var listed: [String: PascalSplit.Side] = [:]
    var scanned: [Agreement] = []
    try ranks.together {
      stems = try Self.stems(devkit: devkit)
      if case .imageSets(let name) = split {
        listed = try PascalSplit.listedSides(devkit: devkit, name: name)
        let all = stems
        stems = Set(all).union(listed.keys).sorted().filter { listed[$0] != nil }
        tally.picturesInNoList = all.count - Set(all).intersection(listed.keys).count
      }
      if ranks.size > 1 {
        scanned = try stems.map { stem in
          let sizes = try PascalAnnotation.files(devkit: devkit, stem: stem).map {
            try FileSystem.size(of: $0).map { "\($0) bytes" } ?? "none"
          }
          let side = listed[stem].map { " (\($0))" } ?? ""
          return Agreement(stem, sizes.joined(separator: ", ") + side, exitCode: .data)
        }
      }
    }
    try ranks.agree(on: scanned)
    let findings = try PascalFinding.all(
      devkit: devkit, stems: stems, ranks: ranks, progress: progress)
    for finding in findings {
      tally.otherObjects += finding.otherObjects
      tally.objectsWithoutPixel += finding.empty.map(\.name)
      if !finding.hasOutlines { tally.picturesWithoutOutlines += 1 }
      if let fault = finding.fault {
        let error = CSGError(ExitCode(rawValue: fault.exitCode) ?? .failure, fault.message)
        // The disk's faults are not the picture's.
        guard [.data, .noInput].contains(error.exitCode) else { throw error }
        tally.corrupt.append(error)
      }
    }
    if let first = tally.corrupt.first, !skipsCorrupt {
      let listed = tally.corrupt.prefix(Self.listedFaults).map(\.message).joined(separator: ", ")
      let rest = tally.corrupt.count - Self.listedFaults
      throw CSGError(
        first.exitCode,
        "\(tally.corrupt.count) of \(NumberText.count(stems.count, "picture")) cannot be used: \(listed)"
          + (rest > 0 ? ", and \(rest) more" : ""),
        remedy: "mend or remove them, or add --skip-corrupt to leave them out")
    }
    let found = findings.map(\.crops).filter { !$0.isEmpty }
    let sides =
      switch split {
      case .random(let seed):
        PascalSplit.randomSides(objects: found.map(\.count), seed: seed)
      case .imageSets: found.map { listed[$0[0].stem] ?? .train }
      }
    for (crops, side) in zip(found, sides) {
      if side == .train { train.crops += crops } else { test.crops += crops }
    }
    train.skipped = tally.corrupt.count
    for (name, split) in [("training", train), ("test", test)] where split.crops.isEmpty {
      throw CSGError(
        .noInput,
        "\(devkit): no object of \(Self.classes.joined(separator: ", ")) for the \(name) split",
        remedy: "name a devkit or --image-sets that has some")
    }
  }

  /// Every picture, or outline of one, by name.
  private static func stems(devkit: String) throws -> [String] {
    func names(_ folder: String, _ suffix: String) throws -> [String]? {
      try FileSystem.names(in: "\(devkit)/\(folder)")?.filter { name in
        name.bytes.first != UInt8(ascii: ".")
          && name.bytes.suffix(suffix.utf8.count) == Array(suffix.utf8)[...]
      }.map { name in
        guard let text = name.text else {
          throw CSGError.data(
            "\(devkit)/\(folder)/\(name.shown)", "its name is not UTF-8", remedy: "rename it")
        }
        return String(text.dropLast(suffix.count))
      }
    }
    let remedy =
      "name the folder that holds JPEGImages and Annotations_Part, such as VOCdevkit/VOC2010"
    guard let pictures = try names(PascalAnnotation.pictures, ".jpg") else {
      throw CSGError(
        .noInput, "\(devkit)/\(PascalAnnotation.pictures): no such folder", remedy: remedy)
    }
    let parts = try names(PascalAnnotation.parts, ".mat")
    let segmentation = try names(PascalAnnotation.segmentation, ".png")
    guard parts != nil || segmentation != nil else {
      throw CSGError(
        .noInput,
        "\(devkit) has neither \(PascalAnnotation.parts) nor \(PascalAnnotation.segmentation)",
        remedy: remedy)
    }
    return Set(pictures + (parts ?? []) + (segmentation ?? [])).sorted()
  }
}
