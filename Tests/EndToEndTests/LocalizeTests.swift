import Foundation
import TestSupport
import Testing

/// Where filters of short runs look, on the objects of a small devkit.
@Suite struct LocalizeTests {
  private static let mean = [0.45, 0.44, 0.36], std = [0.27, 0.27, 0.26]

  private static let configuration = """
    name: tiny
    model: { architecture: resnet8, classes: 6, channels: 3 }
    data: { train: data/train, test: data/test, crop_padding: 2, mean: \(mean), std: \(std) }
    replicas: 2
    batch_size: 8
    epochs: 6
    evaluate: { every_epochs: 0 }
    gate: { period: 2, density_bound: 0.2, lambda2: 1 }
    """

  /// A data set and a pair of runs, made once.
  private static let made = Result {
    let folder = try TemporaryFolder()
    func run(_ arguments: String...) throws {
      let finished = try Program.run(arguments, in: folder.path)
      #expect(finished.status == 0, "\(finished.errors)")
    }
    try folder.write("run.yaml", configuration)
    try run(
      "prepare", "pascal-part", "--input", Places.golden("pascal/devkit"), "--output", "data",
      "--size", "32", "--shards", "2")
    try run("train", "run.yaml", "--output", "runs/a")
    try run("train", "run.yaml", "--output", "runs/b", "--set", "gate.schedule=standard")
    return folder
  }

  /// The same objects twelve times: more than one block of samples, the last one short.
  private static let many = Result {
    let folder = try made.get()
    let devkit = Places.golden("pascal/devkit")
    let copy = """
      mkdir -p many && cp -r '\(devkit)'/. many/ && cd many && for f in JPEGImages/* Annotations_Part/*; do
      for i in 1 2 3 4 5 6 7 8 9 10 11; do cp "$f" "${f%.*}_$i.${f##*.}"; done; done
      """
    let copied = try Program(command: ["bash", "-c", copy], in: folder.path).finish()
    #expect(copied.status == 0, "\(copied.errors)")
    let prepared = try Program.run(
      [
        "prepare", "pascal-part", "--input", "many", "--output", "manydata", "--size", "32",
        "--json",
      ], in: folder.path)
    #expect(prepared.status == 0, "\(prepared.errors)")
    return folder
  }

  let folder: TemporaryFolder

  init() throws { folder = try Self.made.get() }

  private func localize(
    _ output: String, data: String = "data/train", ranks: Int? = nil, _ arguments: [String] = []
  ) throws -> Finished {
    try Program.run(
      [
        "localize", "runs/a", "--baseline", "runs/b", "--data", data, "--output", output,
        "--sigma", "2",
      ] + arguments, ranks: ranks, in: folder.path)
  }

  private func bytes(_ path: String) -> Data? {
    FileManager.default.contents(atPath: folder(path))
  }

  private static let files = [
    "localization.json", "localization.h5", "localization.html", "figures/localized.png",
  ]

  @Test func ranksAndThreadsChangeNoByte() throws {
    _ = try Self.many.get()
    let data = "manydata/train"
    let alone = try localize(
      "one", data: data, ["--maps", "64", "--json", "--set", "compute.threads=2"])
    #expect(alone.status == 0, "\(alone.errors)")
    #expect(bytes("one/localization.json") == Data(alone.output.utf8), "--json prints the file")
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(alone.output.utf8)) as? [String: Any])
    let count = try #require((document["data"] as? [String: Any])?["count"] as? Int)
    #expect(count > 64 && count % 64 != 0, "ranks share \(count) samples")
    let page = String(decoding: try #require(bytes("one/localization.html")), as: UTF8.self)
    #expect(page.contains("<title>Where filters look on manydata</title>"))
    for ranks in 1...4 {
      let together = try localize("many-\(ranks)", data: data, ranks: ranks, ["--maps", "64"])
      #expect(together.status == 0, "\(together.errors)")
      for name in Self.files {
        #expect(
          bytes("one/\(name)") != nil && bytes("many-\(ranks)/\(name)") == bytes("one/\(name)"),
          "\(name), \(ranks) ranks")
      }
    }
  }

  @Test(.enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)))
  func pyTorchFindsTheSame() throws {
    #expect(try localize("judged", ["--maps", "64"]).status == 0)
    for (run, more) in [("a", []), ("b", ["--baseline"])] {
      let exported = try Program.run(
        ["export", "runs/\(run)", "--output", "\(run).safetensors"], in: folder.path)
      #expect(exported.status == 0, "\(exported.errors)")
      func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: ",") }
      let python = try #require(Places.python)
      let judged = try Program(
        command: [
          python, Places.golden("localization.py"), "\(run).safetensors", "data/train", "judged",
          "--mean", list(Self.mean), "--std", list(Self.std),
        ] + more, in: folder.path, environment: ["PYTHONDONTWRITEBYTECODE": "1"]
      ).finish()
      #expect(judged.status == 0, "\(judged.errors)")
      let found = try #require(
        JSONSerialization.jsonObject(with: Data(judged.output.utf8)) as? [String: Double])
      for name in ["activations", "gradmap", "cam"] {
        #expect(try #require(found[name]) < 1e-4, "\(run): \(name)")
      }
      for name in ["thresholds", "overlaps", "focus"] {
        #expect(found[name] == 0, "\(run): \(name)")
      }
      #expect(try #require(found["scores"]) < 1e-12, "\(run)")
    }
  }

  /// The authors' variant, one method, given samples.
  @Test func optionsAreTaken() throws {
    let finished = try localize(
      "authors",
      [
        "--method", "gradmap", "--method", "cam", "--top-filters", "30", "--sigma", "30",
        "--kernel", "61", "--strict", "--samples", "0,2", "--json",
      ])
    #expect(finished.status == 0, "\(finished.errors)")
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
    let settings = try #require(document["settings"] as? [String: Any])
    #expect(settings["top_filters"] as? Int == 30 && settings["blur_radius"] as? Int == 30)
    let methods = try #require(
      (document["network"] as? [String: Any])?["methods"] as? [String: Any])
    #expect(methods.keys.sorted() == ["cam", "gradmap"])
    // What the options choose is what was scored: all filters alike, or each on its class.
    let plain = try localize("plainly", ["--method", "gradmap", "--method", "cam", "--json"])
    let other = try #require(
      JSONSerialization.jsonObject(with: Data(plain.output.utf8)) as? [String: Any])
    func total(_ document: [String: Any], _ method: String) throws -> Double {
      let methods = (document["network"] as? [String: Any])?["methods"] as? [String: Any]
      let score = (methods?[method] as? [String: Any])?["avg_iou"] as? [String: Any]
      return try #require(score?["value"] as? Double)
    }
    #expect(try total(document, "gradmap") != total(other, "gradmap"))
    #expect((methods["gradmap"] as? [String: Any])?["filters"] as? [Int] == [])
  }

  @Test func badInputIsTold() throws {
    func expect(_ arguments: [String], _ status: Int32, _ words: String...) throws {
      let finished = try Program.run(arguments, in: folder.path)
      #expect(finished.status == status, "\(arguments): \(finished.errors)")
      for word in words { #expect(finished.errors.contains(word), "\(finished.errors)") }
    }
    let base = ["localize", "runs/a", "--output", "bad", "--data"]
    try expect(base + ["data/train", "--samples", "1000000"], 78, "--samples", "1000000")
    try expect(base + ["data/train", "--share", "1"], 64, "--share")
    try expect(base + ["data/train", "--method", "gradcam", "--kernel", "4"], 64, "--kernel")
    try expect(base + ["nowhere"], 66, "nowhere")
    try expect(base + ["data/train", "--sigma", "1e-170"], 64, "--sigma")
    try expect(
      base + ["data/train", "--samples", Array(repeating: "0", count: 65).joined(separator: ",")],
      64,
      "--samples")
    // Grey pictures for a net of three channels.
    try Sandbox.write(to: folder("fashion"), train: 30, test: 20)
    try expect(base + ["fashion"], 78, "channels")
  }

  /// A set without masks has maps and no scores; its classes need not be the network's.
  @Test func withoutMasksThereAreMaps() throws {
    let pictures = folder("pictures")
    for (i, name) in ["boat", "plane"].enumerated() {
      for split in ["train", "val"] {
        let place = "\(pictures)/\(split)/\(name)"
        try FileManager.default.createDirectory(
          atPath: place, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          atPath: Places.golden("pascal/crops/2008_0\(i + 1).1.png"), toPath: "\(place)/a.png")
      }
    }
    let prepared = try Program.run(
      [
        "prepare", "image-folder", "--input", "pictures", "--output", "plain", "--size", "32",
        "--shards", "1",
      ],
      in: folder.path)
    #expect(prepared.status == 0, "\(prepared.errors)")
    let finished = try Program.run(
      ["localize", "runs/a", "--data", "plain", "--output", "maps"], ranks: 2, in: folder.path)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(finished.output.contains("no masks") && finished.errors.contains("predicts"))
    #expect(bytes("maps/localization.json") == nil && bytes("maps/figures/localized.png") != nil)
  }
}
