import Core
import Foundation

/// The objects of six animals that PASCAL-Part, or PASCAL VOC's own segmentation, outlines in a devkit.
///
/// A sample is the square around an object's mask (`ObjectMask.square`), black outside the picture,
/// resized by Lanczos's filter; its mask is resized by the nearest pixel. Samples follow their
/// pictures' names, then the objects' numbers.
public struct PascalPart: Sendable {
  /// Names of the classes, in label order.
  public static let classes = ["bird", "cat", "dog", "cow", "horse", "sheep"]

  /// One object that becomes a sample.
  public struct Sample: Sendable {
    /// The picture's file without its suffix, and the object's number within it, from 1.
    public let stem: String, number: Int
    /// Its class, an index of `classes`.
    public let label: Int32
    /// Source file and object number: `2008_000652.jpg#2`.
    public var name: String { "\(stem).jpg#\(number)" }
  }

  /// What was found beside the samples.
  public struct Tally: Sendable {
    /// Pictures without outlines, or in neither list.
    public var picturesWithoutOutlines = 0, picturesInNoList = 0
    /// Objects of other classes.
    public var otherObjects = 0
    /// Objects of the six animals without a pixel, as `Sample.name`s.
    public var objectsWithoutPixel: [String] = []
    /// Pictures left out, and why.
    public var corrupt: [CSGError] = []
  }

  /// The devkit's folder.
  public let devkit: String
  /// The two splits.
  public private(set) var train: [Sample] = [], test: [Sample] = []
  /// What was passed over.
  public private(set) var tally = Tally()

  /// Looks through a devkit and shares its objects out; every file that will be read again is read
  /// once, so that faults show before anything is written.
  /// - Throws: `CSGError` 66 where a folder or list is missing, or a split has no object; 65 where a
  ///   file is damaged, contradicts another, or is missing for another, unless `skipsCorrupt`.
  public init(
    devkit: String, split: PascalSplit, skipsCorrupt: Bool, progress: (String) -> Void
  ) throws {
    self.devkit = devkit
    var stems = try Self.stems(devkit: devkit)
    var listed: [String: PascalSplit.Side] = [:]
    if case .imageSets(let name) = split {
      listed = try PascalSplit.listedSides(devkit: devkit, name: name)
      let all = stems
      stems = Set(all).union(listed.keys).sorted().filter { listed[$0] != nil }
      tally.picturesInNoList = all.count - Set(all).intersection(listed.keys).count
    }
    var found: [[Sample]] = []
    for (index, stem) in stems.enumerated() {
      if index.isMultiple(of: 1000) { progress("scan: picture \(index) of \(stems.count)") }
      do {
        found.append(try scan(stem))
      } catch let error as CSGError {
        tally.corrupt.append(error)
      }
    }
    if let first = tally.corrupt.first, !skipsCorrupt {
      let shown = tally.corrupt.prefix(5).map(\.message).joined(separator: "; ")
      throw CSGError(
        first.exitCode,
        "\(tally.corrupt.count) of \(stems.count) pictures cannot be used: \(shown)",
        remedy: "repair them, or leave them out with --skip-corrupt")
    }
    found.removeAll(where: \.isEmpty)
    let sides =
      switch split {
      case .random(let seed):
        PascalSplit.randomSides(objects: found.map(\.count), seed: seed)
      case .imageSets: found.map { listed[$0[0].stem] ?? .train }
      }
    for (samples, side) in zip(found, sides) {
      if side == .train { train += samples } else { test += samples }
    }
    for (name, samples) in [("training", train), ("test", test)] where samples.isEmpty {
      throw CSGError(
        .noInput,
        "\(devkit): no object of \(Self.classes.joined(separator: ", ")) for the \(name) split",
        remedy: "name a devkit or --image-sets that has some")
    }
  }

  /// Every picture, or outline of one, by name.
  private static func stems(devkit: String) throws -> [String] {
    func names(_ folder: String, _ suffix: String) -> [String]? {
      let all = try? FileManager.default.contentsOfDirectory(atPath: "\(devkit)/\(folder)")
      return all?.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
        .map { String($0.dropLast(suffix.count)) }
    }
    let remedy =
      "name the folder that holds JPEGImages and Annotations_Part, such as VOCdevkit/VOC2010"
    guard let pictures = names(PascalAnnotation.pictures, ".jpg") else {
      throw CSGError(
        .noInput, "\(devkit)/\(PascalAnnotation.pictures): no such folder", remedy: remedy)
    }
    let parts = names(PascalAnnotation.parts, ".mat")
    let segmentation = names(PascalAnnotation.segmentation, ".png")
    guard parts != nil || segmentation != nil else {
      throw CSGError(
        .noInput,
        "\(devkit) has neither \(PascalAnnotation.parts) nor \(PascalAnnotation.segmentation)",
        remedy: remedy)
    }
    return Set(pictures + (parts ?? []) + (segmentation ?? [])).sorted()
  }

  private mutating func scan(_ stem: String) throws -> [Sample] {
    let picturePath = "\(devkit)/\(PascalAnnotation.pictures)/\(stem).jpg"
    guard let objects = try PascalAnnotation.objects(devkit: devkit, stem: stem) else {
      guard FileManager.default.fileExists(atPath: picturePath) else {
        throw CSGError(.noInput, "\(picturePath): no such picture")
      }
      tally.picturesWithoutOutlines += 1
      return []
    }
    let animals = objects.compactMap { object in
      Self.classes.firstIndex(of: object.className).map { label in
        (Sample(stem: stem, number: object.number, label: Int32(label)), object.mask)
      }
    }
    if !animals.isEmpty {
      let picture = try Picture(path: picturePath)
      for (sample, mask) in animals
      where (mask.height, mask.width) != (picture.height, picture.width) {
        throw CSGError.data(
          picturePath,
          "is \(picture.height) × \(picture.width), but the mask of object \(sample.number) is "
            + "\(mask.height) × \(mask.width)")
      }
    }
    tally.otherObjects += objects.count - animals.count
    let empty = animals.filter { $0.1.square == nil }
    tally.objectsWithoutPixel += empty.map(\.0.name)
    return animals.filter { $0.1.square != nil }.map(\.0)
  }
}
