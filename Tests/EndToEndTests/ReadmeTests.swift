import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// The README is true: its commands run, in order, long ones shortened; its defaults are ours.
/// (`launch/quickstart` and `launch/test` are run by continuous integration itself: they build, which a test must not.)
@Suite struct ReadmeTests {
  private let readme: String

  init() throws {
    readme = try String(contentsOfFile: "\(Places.root)/README.md", encoding: .utf8)
  }

  private func blocks(_ language: String) -> [String] {
    readme.components(separatedBy: "```\(language)\n").dropFirst().map {
      $0.components(separatedBy: "\n```")[0]
    }
  }

  /// A command as a test runs it: our program and `launch/run`, training of a few steps.
  private func shortened(_ line: String) -> String {
    var command = line
    if line.contains(" train "), !line.contains("--max-steps"), !line.contains("--dry-run") {
      command += " --max-steps \(line.contains("--resume") ? 4 : 2)"
    }
    if line.contains(" bench ") {
      command +=
        " --seconds 0.1" + (line.contains(" step ") || line.contains(" data ") ? " --batch 4" : "")
    }
    if line.contains(" plan ") { command += " --seconds 0.1" }
    if line.contains(" defend ") {
      // Two nets of so few steps are right on no sample together: one stands for both.
      command = command.replacing("runs/cifar10-resnet20-csg", with: "runs/std-1")
        .replacing("--count 6", with: "--count 2")
    }
    return
      command
      .replacing("launch/supervise ", with: "'\(Places.root)/launch/supervise' ")
      .replacing("launch/run ", with: "'\(Places.root)/launch/run' ", maxReplacements: 1)
      .replacing("csg-dist ", with: "'\(Places.program)' ", maxReplacements: 1)
  }

  /// CIFAR-10's official layout, filled with real images: Fashion-MNIST's, framed to 32 × 32.
  private func writeCIFAR(to folder: TemporaryFolder) throws {
    let images = try FashionMNISTImporter.load(folder: Places.fashionMNIST).train
    var sample = 0
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      var bytes: [UInt8] = []
      for _ in 0..<80 {
        var plane = [UInt8](repeating: 0, count: 32 * 32)
        for i in 0..<images.imageBytes {
          plane[(i / 28 + 2) * 32 + i % 28 + 2] = images.pixels[sample * images.imageBytes + i]
        }
        bytes += [UInt8(images.labels[sample])] + plane + plane + plane
        sample += 1
      }
      try folder.write("cifar-10-batches-bin/\(name)", bytes)
    }
  }

  /// Folders of our own drawings, as ImageNet's lie.
  private func writePictures(to folder: TemporaryFolder) throws {
    let pictures = ["plain", "subsampled", "progressive", "orientation-6", "cmyk"]
    for (split, name) in ["train/a", "train/b", "val/a", "val/b"].flatMap({ split in
      pictures.map { (split, $0) }
    }) {
      let golden = URL(fileURLWithPath: Places.golden("pictures/\(name).jpg"))
      let bytes = [UInt8](try Data(contentsOf: golden))
      try folder.write("imagenet/\(split)/\(name).jpg", bytes)
      try folder.write("photos/\(split.suffix(1))/\(name).jpg", bytes)
      try folder.write("new.jpg", bytes)
    }
  }

  @Test func everyCommandRuns() throws {
    let folder = try TemporaryFolder()
    try writeCIFAR(to: folder)
    try writePictures(to: folder)
    try FileManager.default.createDirectory(
      atPath: folder("VOCdevkit"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder("VOCdevkit/VOC2010"), withDestinationPath: Places.golden("pascal/devkit"))
    try FileManager.default.createDirectory(
      atPath: folder("weights"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder("configs"), withDestinationPath: "\(Places.root)/configs")
    let lines = blocks("sh").flatMap { $0.split(separator: "\n").map(String.init) }
    let builds = ["launch/quickstart", "launch/test"]
    let commands = lines.filter { !builds.contains($0) }
    #expect(lines.filter { builds.contains($0) } == builds)
    #expect(commands.count > 20)
    var digests: [String] = []
    for line in commands {
      let isOurs = ["csg-dist ", "launch/run ", "launch/supervise "].contains { line.hasPrefix($0) }
      #expect(isOurs, "\(line)")
      if line.contains("--pretrained weights/resnet18.safetensors") {
        // A net that was hardly trained stands for torchvision's: names and layouts are the same.
        for command in [
          ["train", "photos.yaml", "--max-steps", "1", "--output", "runs/stand-in"]
            + ["--set", "model.architecture=resnet18"],
          ["export", "runs/stand-in", "--output", "weights/resnet18.safetensors", "--no-gate"],
        ] {
          let made = try Program.run(command, in: folder.path)
          #expect(made.status == 0, "\(made.errors)")
        }
      }
      let finished = try Program(
        command: ["bash", "-c", shortened(line)], in: folder.path,
        environment: ["CSG_PROGRAM": Places.program]
      ).finish()
      #expect(finished.status == 0, "\(line): \(finished.errors)")
      if line.contains("inspect runs/"), line.contains("--digest") {
        digests.append(finished.output)
      }
    }
    #expect(digests.count == 2 && digests[0] == digests[1], "the promise")
  }

  /// The Python of the README draws what an analysis has left.
  @Test(.enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)))
  func theNotebookExampleDraws() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.train("a", ["--max-steps", "14"]).status == 0)
    let analyzed = try Program.run(
      ["analyze", "runs/a", "--data", "data", "--output", "runs/analysis"], in: sandbox.path)
    #expect(analyzed.status == 0, "\(analyzed.errors)")
    let examples = blocks("python")
    #expect(examples.count == 1)
    for example in examples {
      let script = try sandbox.folder.write("example.py", example)
      let drawn = try Program(
        command: [try #require(Places.python), script], in: sandbox.path,
        environment: ["MPLBACKEND": "Agg"]
      ).finish()
      #expect(drawn.status == 0, "\(drawn.errors)")
    }
    let picture = try Picture(path: sandbox.folder("filters.png"))
    #expect(Set(picture.pixels).count > 100, "there is something to see")
  }

  /// What the photographs came to is what the kept runs say.
  @Test func theGatesOfTheFirstHourAreThoseKept() throws {
    let kept = "\(Places.root)/Tests/Evidence/animals6-first-hour"
    func accuracy(_ run: String) throws -> String {
      let text = try String(contentsOfFile: "\(kept)/\(run)/metrics.jsonl", encoding: .utf8)
      let last = try JSONSerialization.jsonObject(
        with: Data(#require(text.split(separator: "\n").last).utf8))
      let share = try #require((last as? [String: Any])?["test_accuracy"] as? Double)
      return String(format: "%.2f %%", 100 * share)
    }
    let words = [
      "has \(try accuracy("animals")) right with `init`'s gate",
      "\(try accuracy("weak")) with the weak one",
      "\(try accuracy("loose")) with the loose one", "\(try accuracy("animals-std")) without gates",
    ]
    for part in words { #expect(readme.contains(part), "\(part)") }
    let proposed = try ResolvedConfiguration(file: "\(kept)/animals.yaml").values
    #expect(readme.contains("(bound 0.2, λ2 \(proposed.gate.lambda2))"))
    #expect(proposed.gate.densityBound.value(classes: proposed.model.classes) == 0.2)
  }

  @Test func theConfigurationReferenceIsTheDefaults() {
    #expect(blocks("yaml") == [Configuration.defaults])
  }

  @Test func everySubcommandIsShown() throws {
    let help = try Program.run(["--help"], in: Places.root).output
    let list = help.components(separatedBy: "SUBCOMMANDS:")[1]
    let names = list.split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
      return line.split(separator: " ").first.map(String.init)
    }.filter { $0 != "See" }
    #expect(names.count == 19)
    let commands = blocks("sh").joined(separator: "\n")
    for name in names where name != "help" {
      #expect(commands.contains(try Regex("(csg-dist|launch/run \\d) \(name) ")), "\(name)")
    }
  }

  @Test func everyShippedConfigurationIsWhole() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(Places.root)/configs")
    #expect(names.count >= 3)
    for name in names {
      let configuration = try ResolvedConfiguration(file: "\(Places.root)/configs/\(name)")
      #expect("\(configuration.values.name).yaml" == name)
    }
  }
}
