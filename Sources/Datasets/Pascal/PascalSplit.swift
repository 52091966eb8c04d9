import Core
import Foundation

/// Which pictures of a devkit train and which test. All objects of a picture stay on one side.
package enum PascalSplit: Sendable {
  /// At random, in the paper's proportion: 3644 of 5344 objects train.
  case random(seed: UInt64)
  /// `ImageSets/NAME/train.txt` trains, `val.txt` tests.
  case imageSets(String)

  /// One of the two sides.
  package enum Side: Sendable { case train, test }

  /// The side of each picture, by its number of objects, in source order.
  ///
  /// Pictures are asked in an addressed random order; one trains as long as its objects do not
  /// exceed the training share of all objects, rounded.
  package static func randomSides(objects: [Int], seed: UInt64) -> [Side] {
    let (share, whole) = (3644, 5344)
    let target = (objects.reduce(0, +) * share + whole / 2) / whole
    let random = AddressedRandom(seed: seed, purpose: .split, stream: 0)
    var sides = [Side](repeating: .test, count: objects.count)
    var training = 0
    for picture in random.permutation(objects.count).map(Int.init)
    where training + objects[picture] <= target {
      sides[picture] = .train
      training += objects[picture]
    }
    return sides
  }

  /// The sides of the pictures that a devkit's lists name: the first word of each line.
  /// - Throws: `CSGError` 66 where a list is missing, 65 where both name one picture.
  package static func listedSides(devkit: String, name: String) throws -> [String: Side] {
    var sides: [String: Side] = [:]
    for (list, side) in [("train", Side.train), ("val", .test)] {
      let path = "\(devkit)/ImageSets/\(name)/\(list).txt"
      guard let bytes = try FileSystem.contents(of: path) else {
        throw CSGError(
          .noInput, "\(path): no such list", remedy: "name another folder of \(devkit)/ImageSets")
      }
      for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
        guard let stem = line.split(whereSeparator: \.isWhitespace).first.map(String.init) else {
          continue
        }
        guard sides[stem] ?? side == side else {
          throw CSGError.data(path, "names \(stem), which train.txt names too")
        }
        sides[stem] = side
      }
    }
    return sides
  }
}
