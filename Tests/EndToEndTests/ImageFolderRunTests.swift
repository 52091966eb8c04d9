import Foundation
import TestSupport
import Testing

/// Folders of pictures, prepared and trained on: one result for any number of ranks.
@Suite struct ImageFolderRunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fill() throws { try GoldenPictures.fill(folder, "in") }

  private func run(_ arguments: [String], ranks: Int? = nil) throws -> Finished {
    let finished = try Program.run(arguments, ranks: ranks, in: folder.path)
    #expect(finished.status == 0, "\(finished.errors)")
    return finished
  }

  private func contents(_ name: String) -> [String: Data?] {
    let files = folder.listing().filter { $0.hasPrefix("\(name)/") }
    return Dictionary(
      uniqueKeysWithValues: files.map {
        (String($0.dropFirst(name.count)), FileManager.default.contents(atPath: folder($0)))
      })
  }

  @Test(arguments: [
    ["--storage", "jpeg"], ["--storage", "jpeg", "--size", "12"], ["--size", "20"],
  ])
  func ranksWriteTheSameFiles(options: [String]) throws {
    try fill()
    try folder.write("in/train/a/cut.jpg", [0xFF, 0xD8, 0xFF])
    let prepare =
      ["prepare", "image-folder", "--input", "in", "--shards", "3", "--skip-corrupt"] + options
    let alone = try run(prepare + ["--output", "one"])
    #expect(alone.output.contains("10 training and 4 test samples, 2 classes, 1 damaged"))
    #expect(alone.errors.contains("damaged: in/train/a/cut.jpg: "))
    #expect(contents("one").count == 10)
    for ranks in [1, 2, 3] {
      _ = try run(prepare + ["--output", "r\(ranks)"], ranks: ranks)
      #expect(contents("r\(ranks)") == contents("one"))
    }
    _ = try run(["inspect", "one", "--verify"])
  }

  @Test(arguments: [nil, 1, 3]) func aDamagedPictureEndsAllRanks(ranks: Int?) throws {
    try fill()
    try folder.write("in/val/b/cut.jpg", [0xFF, 0xD8, 0xFF])
    let before = folder.listing()
    let finished = try Program.run(
      ["prepare", "image-folder", "--input", "in", "--output", "out", "--shards", "2"],
      ranks: ranks, in: folder.path)
    #expect(finished.status == 65)
    let line = finished.lastErrorLine
    #expect(line.hasPrefix("csg-dist: error: 1 damaged picture: in/val/b/cut.jpg: "), "\(line)")
    #expect(line.contains("--skip-corrupt"))
    #expect(folder.listing() == before)
  }

  @Test(arguments: [nil, 2]) func whatWasWrittenIsOneDocument(ranks: Int?) throws {
    try fill()
    try folder.write("in/train/a/cut.jpg", [0xFF, 0xD8, 0xFF])
    try folder.write("in/train/b/Thumbs.db", "x")
    let prepared = try run(
      [
        "prepare", "image-folder", "--input", "in", "--output", "out", "--shards", "2", "--size",
        "8", "--skip-corrupt", "--json",
      ], ranks: ranks)
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(prepared.output.utf8)) as? [String: Any])
    #expect(
      document.keys.sorted() == ["classes", "output", "passed_over", "skipped", "test", "train"])
    #expect(document["output"] as? String == "out")
    #expect(document["classes"] as? [String] == ["a", "b"])
    #expect(document["train"] as? Int == 10 && document["test"] as? Int == 4)
    let skipped = try #require(document["skipped"] as? [String])
    #expect(skipped.count == 1 && skipped[0].hasPrefix("in/train/a/cut.jpg: "))
    let passedOver = try #require(document["passed_over"] as? [[String: Any]])
    #expect(passedOver.count == 1 && passedOver[0]["kind"] as? String == "Thumbs.db")
    #expect(passedOver[0]["class"] as? String == "b" && passedOver[0]["count"] as? Int == 1)
    #expect(passedOver[0]["names"] as? [String] == ["train/b/Thumbs.db"])
    #expect(prepared.errors.contains("passed over: 1 Thumbs.db: train/b/Thumbs.db"))
  }

  /// Pictures for seconds of work, of which the program does a part before it is killed.
  @Test func whatAKilledProcessLeftIsRemovedByTheNext() throws {
    let drawing = try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/drawing.png")))
    for place in ["train/a", "train/b", "val/a", "val/b"] {
      for number in 0..<20 { try folder.write("in/\(place)/\(number).png", [UInt8](drawing)) }
    }
    let prepare = ["prepare", "image-folder", "--input", "in", "--output", "out", "--shards", "20"]
    let first = try Program(prepare + ["--size", "2048"], in: folder.path)
    try #require(first.waitForError(containing: "train: shard 2 of 20"))
    first.send(SIGSTOP)
    let second = try Program.run(prepare, in: folder.path)
    #expect(second.status == 73)
    #expect(second.lastErrorLine.contains("another process is preparing"))
    first.send(SIGKILL)
    #expect(first.finish().status == 128 + SIGKILL)
    #expect(folder.listing().contains("out/.prepare.partial/train/shard-00000.h5"))
    let third = try run(prepare + ["--size", "8"])
    #expect(third.errors.contains("removed out/.prepare.partial: "))
    #expect(contents("out").count == 44)
    _ = try run(["inspect", "out", "--verify"])
  }

  @Test func sizesAndStorageAreForFolders() throws {
    for option in [["--size", "64"], ["--storage", "jpeg"], ["--skip-corrupt"], ["--allow-loss"]] {
      let finished = try Program.run(
        ["prepare", "cifar10", "--input", "in", "--output", "out"] + option, in: folder.path)
      #expect(finished.status == 64, "\(option)")
    }
  }

  private func digest(_ name: String, _ configuration: [String], ranks: Int?) throws -> String {
    _ = try run(["train", "run.yaml", "--output", name] + configuration, ranks: ranks)
    return try run(["inspect", name, "--digest"]).output
  }

  /// All ways to make images of pictures, on any rank count and over a stop.
  @Test(arguments: ["raw", "jpeg"]) func onePreparedFolderHasOneResult(storage: String) throws {
    try fill()
    _ = try run(
      [
        "prepare", "image-folder", "--input", "in", "--output", "data", "--shards", "3",
        "--storage",
        storage,
      ] + (storage == "raw" ? ["--size", "20"] : []))
    try folder.write(
      "run.yaml",
      """
      model: { architecture: resnet8, classes: 2 }
      data:
        train: data/train
        test: data/test
        image_size: 16
        crop_padding: 0
        random_resized_crop: {}
        color_jitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }
        shuffle: window
        window: 4
      batch_size: 6
      epochs: 3
      gate: { period: 2 }
      """)
    let one = try digest("one", [], ranks: nil)
    #expect(try digest("three", [], ranks: 3) == one)
    #expect(try digest("stopped", ["--max-steps", "3"], ranks: 2) != one)
    #expect(try digest("stopped", ["--resume", "auto"], ranks: 4) == one)
    #expect(try digest("other", ["--set", "data.window=3"], ranks: nil) != one)
    let evaluated = try run(["evaluate", "one", "--data", "data", "--json"])
    #expect(
      try run(["evaluate", "three", "--data", "data", "--json"], ranks: 2).output
        == evaluated.output)
  }

  /// Real photographs, the paper's net at a small size.
  @Test(
    .enabled(if: Places.data != nil, Comment(rawValue: InteropTests.noData)),
    arguments: ["raw", "jpeg"])
  func photographsHaveOneResult(storage: String) throws {
    let source = "\(Places.data ?? "")/imagenet30"
    let prepared = try run(
      [
        "prepare", "image-folder", "--input", source, "--output", "data", "--size", "128",
        "--storage", storage,
      ], ranks: 2)
    #expect(prepared.output.contains("480 training and 180 test samples, 30 classes"))
    try folder.write(
      "run.yaml",
      """
      model: { architecture: resnet18, classes: 30 }
      data:
        { train: data/train, image_size: 64, crop_padding: 0, random_resized_crop: {}, shuffle: window,
          window: 100 }
      batch_size: 16
      epochs: 1
      evaluate: { every_epochs: 0 }
      checkpoint: { every_epochs: 0 }
      """)
    let digests = try [1, 2, 3, 4].map { (ranks: Int) in
      try digest("r\(ranks)", ["--max-steps", "2"], ranks: ranks)
    }
    #expect(Set(digests).count == 1)
  }
}
