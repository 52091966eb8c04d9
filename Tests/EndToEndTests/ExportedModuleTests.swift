import Datasets
import Foundation
import Network
import TestSupport
import Testing

/// What `export --pytorch` writes: the same network, and the same way to it for a picture, in plain PyTorch.
@Suite struct ExportedModuleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func asked(_ arguments: [String]) throws -> [String: Any] {
    let finished = try Program(
      command: [try #require(Places.python), Places.golden("exported.py")] + arguments,
      in: folder.path, environment: ["PYTHONDONTWRITEBYTECODE": "1"]
    ).finish()
    #expect(finished.status == 0, "\(finished.errors)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
  }

  /// The largest difference of rows, over 1 or their largest value where that is more.
  private func difference(_ theirs: Any?, _ ours: [[Float]]) throws -> Double {
    let theirs = try #require(theirs as? [[Double]])
    try #require(theirs.count == ours.count && theirs.map(\.count) == ours.map(\.count))
    let scale = ours.joined().reduce(1) { max($0, Double(abs($1))) }
    let differences = zip(theirs.joined(), ours.joined()).map { abs($0 - Double($1)) }
    return try #require(differences.max()) / scale
  }

  private func run(_ arguments: [String], status: Int32 = 0) throws -> Finished {
    let finished = try Program.run(arguments, in: folder.path)
    #expect(finished.status == status, "\(arguments): \(finished.errors)")
    return finished
  }

  /// Logits of both paths and features, of every net that can be trained; small images, of which large
  /// nets see few.
  @Test(.enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)))
  func everyNetGivesTheSameLogits() throws {
    let names = Architecture.names + ["resnet8", "resnet20-projection", "resnet56-projection"]
    var waiting: [String: ExportedModule] = [:]
    var pictures = 0
    for name in names {
      let net = try Architecture(name)
      let isLarge = net.imageSide > 32 || net.filters > 256
      let side = name == "alexnet" ? 96 : net.imageSide > 32 ? 64 : 32
      let count = isLarge ? 2 : 12
      pictures += count
      try FileManager.default.createDirectory(
        atPath: folder(name), withIntermediateDirectories: true)
      waiting[name] = try ExportedModule(
        name, channels: name == "resnet8" ? 1 : 3, classes: 7, side: side, count: count,
        folder: folder(name))
      // PyTorch starts slowly, and disks are small.
      guard waiting.count == 8 || name == names.last else { continue }
      try compare(waiting)
      waiting = [:]
    }
    #expect(pictures >= 100, "\(pictures)")
  }

  private func compare(_ modules: [String: ExportedModule]) throws {
    let answers = try asked(["logits"] + modules.keys.sorted())
    for (name, ours) in modules {
      let theirs = try #require(answers[name] as? [String: Any])
      for (key, ours) in [
        ("standard", ours.standard), ("gated", ours.gated), ("features", ours.features),
      ] {
        let found = try difference(theirs[key], ours)
        #expect(found < 1e-4, "\(name): \(key) differ by \(found)")
      }
      // Other paths, and other pictures, are told apart by this.
      #expect(try difference(theirs["standard"], ours.gated) > 1e-3, "\(name)")
      #expect(try difference(theirs["standard"], ours.standard.reversed()) > 1e-3, "\(name)")
      #expect(
        theirs["predictions"] as? [Int]
          == ours.standard.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 })
      #expect((theirs["classes"] as? [String])?.last == "κ 6")
      try FileManager.default.removeItem(atPath: folder(name))
    }
  }

  /// Files of every coding and of other sizes, by data sets of pixels and of JPEG files: the bytes of
  /// evaluation, by their logits.
  @Test(
    .enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)),
    arguments: [["--size", "19"], ["--storage", "jpeg", "--size", "12"], ["--storage", "jpeg"]])
  func aPictureGoesTheSameWay(form: [String]) throws {
    try GoldenPictures.fill(folder, "in")
    _ = try run(["prepare", "image-folder", "--input", "in", "--output", "data"] + form)
    try folder.write(
      "run.yaml",
      """
      model: { architecture: resnet8, classes: 2 }
      data: { train: data/train, test: data/test, image_size: 16, crop_padding: 0 }
      batch_size: 5
      epochs: 1
      """)
    _ = try run(["train", "run.yaml", "--output", "run"])
    #expect(try run(["export", "run", "--pytorch", "net"]).output == "net/load.py\n")
    let predicted = try run(["predict", "run", "in/train/a", "in/train/b", "--json"])
    let ours = try #require(
      (JSONSerialization.jsonObject(with: Data(predicted.output.utf8)) as? [String: Any])?[
        "pictures"] as? [[String: Any]])
    #expect(ours.count == 10)
    let theirs = try asked(
      ["images", "net"] + ours.map { try #require($0["picture"] as? String) })
    let logits = try ours.map { try #require($0["logits"] as? [Double]).map(Float.init) }
    #expect(try difference(theirs["logits"], logits) < 1e-5)
    let told = try Program(
      command: [try #require(Places.python), "net/load.py", "in/train/a/plain.jpg"],
      in: folder.path
    ).finish()
    #expect(told.status == 0, "\(told.errors)")
    #expect(told.output.hasPrefix("in/train/a/plain.jpg\t"))
  }

  @Test func foreignFilesStay() throws {
    try FileManager.default.copyItem(
      atPath: Places.golden("older/weights.h5"), toPath: folder("w.h5"))
    let sets = ["data.mean=[0,0,0]", "data.std=[1,1,1]", "data.image_size=32"].flatMap {
      ["--set", $0]
    }
    let export = ["export", "w.h5", "--pytorch", "net"]
    let unsaid = try run(export, status: 78)
    #expect(unsaid.lastErrorLine.contains("--set data.mean=[…]"), "\(unsaid.errors)")
    _ = try run(export + sets)
    _ = try run(export + sets)  // in place of its own
    for name in ["load.py", "weights.safetensors"] {
      try folder.write("net/\(name)", "print('mine')")
      let refused = try run(export + sets, status: 73)
      #expect(refused.lastErrorLine.contains("net/\(name): is there"), "\(refused.errors)")
      #expect(
        try String(contentsOfFile: folder("net/\(name)"), encoding: .utf8) == "print('mine')")
      try FileManager.default.removeItem(atPath: folder("net/\(name)"))
      _ = try run(export + sets)
    }
    #expect(!folder.listing().contains { $0.hasSuffix(".partial") })
  }
}
