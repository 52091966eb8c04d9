import Core
import Foundation

/// What the scan of a devkit finds in one picture; ranks tell it each other.
struct PascalFinding: Codable {
  /// Objects that become samples.
  var crops: [PascalPart.Crop] = []
  /// Objects of the six animals without a pixel.
  var empty: [PascalPart.Crop] = []
  /// Objects of other classes.
  var otherObjects = 0
  /// Whether an annotation outlines objects.
  var hasOutlines = true
  /// Why the picture cannot be used: an `ExitCode`, and the message.
  var fault: Fault?

  struct Fault: Codable {
    var exitCode: Int32, message: String
  }

  /// Looks into a picture and its annotation. A picture of which nothing is needed stays closed.
  init(devkit: String, stem: String) {
    do {
      try scan(devkit: devkit, stem: stem)
    } catch {
      let error = error as? CSGError ?? CSGError(.failure, "\(devkit), \(stem): \(error)")
      self = PascalFinding(
        fault: Fault(exitCode: error.exitCode.rawValue, message: error.message))
    }
  }

  private init(fault: Fault) { self.fault = fault }

  /// Every picture's finding, in order. Each rank looks into its share of them.
  static func all(
    devkit: String, stems: [String], ranks: any Ranks, progress: (String) -> Void
  ) throws -> [PascalFinding] {
    let shares = try ranks.together { () throws -> [PascalFinding] in
      var mine: [PascalFinding] = []
      for index in stride(from: ranks.rank, to: stems.count, by: ranks.size) {
        if mine.count.isMultiple(of: 1000) {
          progress("scan: picture \(index + 1) of \(stems.count)")
        }
        mine.append(PascalFinding(devkit: devkit, stem: stems[index]))
      }
      return mine
    }
    return stems.indices.map { shares[$0 % ranks.size][$0 / ranks.size] }
  }

  private mutating func scan(devkit: String, stem: String) throws {
    let path = "\(devkit)/\(PascalAnnotation.pictures)/\(stem).jpg"
    guard let objects = try PascalAnnotation.objects(devkit: devkit, stem: stem) else {
      guard try FileSystem.exists(path) else {
        throw CSGError(.noInput, "\(path): no such picture")
      }
      hasOutlines = false
      return
    }
    var picture: Picture?
    for object in objects {
      guard let label = PascalPart.classes.firstIndex(of: object.className) else {
        otherObjects += 1
        continue
      }
      let whole = try picture ?? Picture(path: path)
      picture = whole
      let mask = object.mask
      guard (mask.height, mask.width) == (whole.height, whole.width) else {
        throw CSGError.data(
          path,
          "is \(whole.height) × \(whole.width), but the mask of object \(object.number) is "
            + "\(mask.height) × \(mask.width)")
      }
      let crop = PascalPart.Crop(stem: stem, number: object.number, label: Int32(label))
      guard let square = mask.square else {
        empty.append(crop)
        continue
      }
      // The square around an object on a strip of a picture is much larger than the picture.
      guard square.pixels <= Picture.mostPixels else {
        throw CSGError.data(
          path,
          "the square around object \(object.number) has \(square.height) × \(square.width) pixels: "
            + "more than \(Picture.mostPixels)")
      }
      crops.append(crop)
    }
  }
}
