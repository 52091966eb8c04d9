import Datasets
import Foundation
import TestSupport
import Testing

/// A PASCAL VOC devkit, prepared and trained on.
@Suite struct PascalPartRunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String], ranks: Int? = nil) throws -> Finished {
    let finished = try Program.run(arguments, ranks: ranks, in: folder.path)
    #expect(finished.status == 0, "\(finished.errors)")
    return finished
  }

  private func prepare(_ devkit: String, _ output: String, _ options: [String], ranks: Int? = nil)
    throws -> Finished
  {
    try run(
      ["prepare", "pascal-part", "--input", devkit, "--output", output] + options, ranks: ranks)
  }

  private func contents(_ name: String) -> [String: Data?] {
    let files = folder.listing().filter { $0.hasPrefix("\(name)/") }
    return Dictionary(
      uniqueKeysWithValues: files.map {
        (String($0.dropFirst(name.count)), FileManager.default.contents(atPath: folder($0)))
      })
  }

  @Test func ranksWriteTheSameFilesAndTheyCanBeTrainedOn() throws {
    let golden = Places.golden("pascal/devkit")
    let options = ["--size", "32", "--shards", "2", "--image-sets", "Main"]
    let alone = try prepare(golden, "one", options)
    #expect(alone.output == "one: 8 training and 3 test samples, 6 classes\n")
    for line in [
      "left out: 2008_02.jpg#2 has no pixel",
      "passed over: 4 objects of other classes, 1 without a pixel, 1 picture without outlines, "
        + "0 in neither list",
      "training: bird 1, cat 1, dog 1, cow 2, horse 1, sheep 2",
      "warning: the test split has no bird",
    ] {
      #expect(alone.errors.contains("\(line)\n"), "\(line) in \(alone.errors)")
    }
    for ranks in 1...3 {
      let together = try prepare(golden, "r\(ranks)", options, ranks: ranks)
      #expect(together.output == alone.output.replacing("one", with: "r\(ranks)"))
      #expect(contents("r\(ranks)") == contents("one"))
    }
    #expect(contents("one").count == 8)
    let inspected = try run(["inspect", "one", "--verify"]).output
    #expect(inspected.contains("32 × 32 × 3, each with a mask of its object"))
    try folder.write(
      "run.yaml",
      """
      model: { architecture: resnet20, classes: 6 }
      data: { train: one/train, test: one/test }
      batch_size: 8
      epochs: 2
      gate: { period: 2, density_bound: 0.2 }
      """)
    _ = try run(["train", "run.yaml", "--output", "run"], ranks: 2)
    _ = try run(["analyze", "run", "--data", "one", "--output", "analysis"])
    let report = try String(contentsOfFile: folder("analysis/report.html"), encoding: .utf8)
    #expect(report.contains("[0.1667, 0.2]"))
    #expect(report.contains("no row for resnet20 on the test split of PASCAL-Part objects"))
  }

  @Test(arguments: [nil, 2]) func faultsEndAllRanksAndLeaveNothing(ranks: Int?) throws {
    try FileManager.default.copyItem(
      atPath: Places.golden("pascal/devkit"), toPath: folder("devkit"))
    func refuse(_ status: Int32, _ options: [String], _ parts: String...) throws {
      let finished = try Program.run(
        ["prepare", "pascal-part", "--output", "out"] + options, ranks: ranks, in: folder.path)
      #expect(finished.status == status, "\(finished.errors)")
      for part in parts {
        #expect(finished.errors.contains(part), "'\(part)' in \(finished.errors)")
      }
      #expect(finished.errors.components(separatedBy: "error: ").count <= 2, "told once")
      #expect(!folder.listing().contains { $0.hasPrefix("out") })
    }
    try refuse(66, ["--input", "nowhere"], "nowhere/JPEGImages: no such folder")
    try refuse(
      66, ["--input", "devkit", "--image-sets", "None"], "devkit/ImageSets/None/train.txt")
    try refuse(
      64, ["--input", "devkit", "--image-sets", "Main", "--seed", "1"], "exclude each other")
    try refuse(64, ["--input", "devkit", "--storage", "jpeg"], "--storage jpeg")
    try folder.write("devkit/Annotations_Part/2009_04.mat", "no matrix")
    try refuse(65, ["--input", "devkit"], "Annotations_Part/2009_04.mat", "--skip-corrupt")
    let prepared = try prepare("devkit", "out", ["--skip-corrupt", "--shards", "1"], ranks: ranks)
    #expect(prepared.output.contains(", 1 damaged picture left out"))
    #expect(prepared.errors.contains("left out: devkit/Annotations_Part/2009_04.mat: "))
    #expect(try Manifest(folder: folder("out/train")).skipped == 1)
  }

  /// The counts are those of scipy.io.loadmat over Annotations_Part and, for the one picture of
  /// VOC2010 without a .mat, of its XML.
  @Test(
    .enabled(if: Places.data != nil, Comment(rawValue: InteropTests.noData)),
    arguments: [
      ("VOC2010", [4, 3, 4, 0, 1, 0], 43), ("ANIMALS6", [64, 24, 32, 70, 330, 39], 0),
    ])
  func realDevkitsAreCountedRight(_ name: String, _ counts: [Int], _ others: Int) throws {
    let devkit = "\(Places.data ?? "")/VOCdevkit/\(name)"
    let prepared = try prepare(devkit, "set", ["--shards", "1"], ranks: 2)
    #expect(prepared.errors.contains("passed over: \(others) objects of other classes"))
    let splits = try ["train", "test"].map { try Dataset(folder: folder("set/\($0)")) }
    var found = [Int](repeating: 0, count: 6)
    var sides: [Set<String>] = []
    for split in splits {
      try split.verify()
      var pictures: Set<String> = []
      for sample in 0..<split.count {
        found[Int(split.label(sample))] += 1
        let mask = try #require(try split.mask(sample))
        #expect(mask.count == 128 * 128 && mask.contains(1))
        let source = try #require(try split.name(sample))
        pictures.insert(String(source.prefix { $0 != "#" }))
      }
      sides.append(pictures)
    }
    #expect(found == counts)
    #expect(sides[0].isDisjoint(with: sides[1]))
    let total = Double(counts.reduce(0, +))
    #expect(abs(Double(splits[0].count) - total * 3644 / 5344) < 2)
  }
}
