import Communicator
import Core
import Datasets

extension PrepareCommand {
  private static let cropSide = 128

  /// The ranks share out the devkit's pictures, then the shards.
  func preparePascalPart(_ communicator: Communicator) throws {
    try communicator.onRoot { try DatasetWriter.refuseExisting(output) }
    let devkit = try PascalPart(
      devkit: input, size: size ?? Self.cropSide,
      split: imageSets.map(PascalSplit.imageSets) ?? .random(seed: seed ?? 0),
      skipsCorrupt: skipCorrupt, ranks: communicator, progress: Console.log)
    tell(devkit)
    let counts = try DatasetWriter(
      classes: PascalPart.classes, source: "PASCAL-Part objects", size: size ?? Self.cropSide,
      shards: shards ?? Self.defaultShards, skipsDamaged: skipCorrupt, ranks: communicator,
      progress: Console.line
    ).write(train: devkit.train, test: devkit.test, to: output)
    try say(
      Document(
        output: output, classes: PascalPart.classes, train: counts.train, test: counts.test,
        skipped: devkit.tally.corrupt.map(\.message) + counts.faults))
  }

  /// What is in the devkit, what was passed over, and what a split lacks.
  private func tell(_ devkit: PascalPart) {
    let tally = devkit.tally
    for error in tally.corrupt { Console.log("left out: \(error.message)") }
    for name in tally.objectsWithoutPixel { Console.log("left out: \(name) has no pixel") }
    Console.log(
      "passed over: \(NumberText.count(tally.otherObjects, "object")) of other classes, "
        + "\(tally.objectsWithoutPixel.count) without a pixel, "
        + "\(NumberText.count(tally.picturesWithoutOutlines, "picture")) without outlines, "
        + "\(tally.picturesInNoList) in neither list")
    for (name, split) in [("training", devkit.train), ("test", devkit.test)] {
      let counts = zip(PascalPart.classes, split.classCounts)
      Console.log("\(name): " + counts.map { "\($0) \($1)" }.joined(separator: ", "))
      for (animal, count) in counts where count == 0 {
        Console.warn("the \(name) split has no \(animal)")
      }
    }
  }
}
