import Foundation
import Storage
import TestSupport
import Testing

/// Attacks on small nets and their detection, on a few of Fashion-MNIST's pictures.
@Suite struct DetectTests {
  private static let mean = [0.286], std = [0.353]

  private static let configuration = """
    name: tiny
    model: { architecture: resnet8, channels: 1 }
    data: { train: data/train, test: data/test, crop_padding: 2, mean: \(mean), std: \(std) }
    replicas: 2
    batch_size: 50
    epochs: 4
    evaluate: { every_epochs: 0 }
    gate: { period: 2, lambda2: 1 }
    """

  /// A data set and a pair of runs, made once.
  private static let made = Result {
    let folder = try TemporaryFolder()
    func run(_ arguments: String...) throws {
      let finished = try Program.run(arguments, in: folder.path)
      #expect(finished.status == 0, "\(finished.errors)")
    }
    try Sandbox.write(to: folder("data"), train: 600, test: 300)
    try folder.write("run.yaml", configuration)
    try run("train", "run.yaml", "--output", "runs/a")
    try run("train", "run.yaml", "--output", "runs/b", "--set", "gate.schedule=standard")
    return folder
  }

  let folder: TemporaryFolder

  init() throws { folder = try Self.made.get() }

  private static let sizes = [
    "--per-class", "2,4", "--test-per-class", "3", "--repeats", "2", "--trees", "9",
  ]

  private static func arguments(_ output: String, _ more: [String]) -> [String] {
    ["detect", "runs/a", "--baseline", "runs/b", "--data", "data", "--output", output] + more
  }

  /// Both nets by FGSM and CW, made once: the folder `numbers` and what was printed.
  private static let numbers = Result {
    let methods = ["--method", "fgsm", "--method", "cw", "--budget", "torchattacks"]
    let finished = try Program.run(
      arguments("numbers", methods + sizes + ["--adaptive", "4", "--json"]), in: made.get().path)
    #expect(finished.status == 0, "\(finished.errors)")
    return finished
  }

  private func detect(_ output: String, ranks: Int? = nil, _ more: [String]) throws -> Finished {
    try Program.run(Self.arguments(output, more), ranks: ranks, in: folder.path)
  }

  private func bytes(_ path: String) -> Data? {
    FileManager.default.contents(atPath: folder(path))
  }

  private func document(_ finished: Finished) throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
  }

  private func value(_ document: Any?, _ path: String) -> Any? {
    path.split(separator: ".").reduce(document) { value, key in
      if let place = Int(key), let list = value as? [Any] {
        return list.indices.contains(place) ? list[place] : nil
      }
      return (value as? [String: Any])?[String(key)]
    }
  }

  private static let files: [String] =
    ["detection.json", "detection.html", "figures/importances.svg"]
    + ["network", "baseline"].flatMap { subject in
      ["train", "test"].flatMap { side in
        ["attacks/\(subject)-fgsm-\(side).h5", "attacks/\(subject)-pgd-\(side).h5"]
          + ["normal", "fgsm", "pgd"].map { "features/\(subject)-\($0)-\(side).h5" }
      } + ["fgsm", "pgd"].map { "features/\(subject)-\($0)-noise-test.h5" }
    }

  private func expectSame(_ one: String, _ other: String, _ what: String) {
    for name in Self.files {
      #expect(
        bytes("\(one)/\(name)") != nil && bytes("\(one)/\(name)") == bytes("\(other)/\(name)"),
        "\(name), \(what)")
    }
  }

  @Test func ranksThreadsAndInterruptionsChangeNoByte() throws {
    let more = ["--method", "fgsm", "--method", "pgd"] + Self.sizes + ["--adaptive", "2"]
    let alone = try detect("one", more + ["--json", "--set", "compute.threads=3"])
    #expect(alone.status == 0, "\(alone.errors)")
    #expect(bytes("one/detection.json") == Data(alone.output.utf8), "--json prints the file")
    for ranks in 2...3 {
      let together = try detect("many-\(ranks)", ranks: ranks, more)
      #expect(together.status == 0, "\(together.errors)")
      expectSame("one", "many-\(ranks)", "\(ranks) ranks")
    }

    // Stopped whenever five files more are in place, then gone on with.
    var stops = 0
    while stops < Self.files.count {
      let fault = Fault(match: "rename stopped", number: 5, deed: "SIGTERM")
      let (finished, _) = try FaultLibrary.run(
        Self.arguments("stopped", more), in: folder, fault: fault)
      #expect([0, 75].contains(finished.status), "\(finished.errors)")
      if finished.status != 75 { break }
      stops += 1
    }
    #expect(stops >= 3)
    expectSame("one", "stopped", "after \(stops) stops")

    // Killed between two features' files.
    let (killed, _) = try FaultLibrary.run(
      Self.arguments("killed", more), in: folder,
      fault: Fault(match: "rename killed/features", number: 2, deed: "kill-before"))
    #expect(killed.status == 128 + SIGKILL)
    #expect(try detect("killed", ranks: 2, more).status == 0)
    expectSame("one", "killed", "after a kill")

    // What is there is not made again, even without the attacks.
    try FileManager.default.removeItem(atPath: folder("many-3/attacks"))
    let again = try detect("many-3", more)
    #expect(again.status == 0 && !again.errors.contains("samples/s"), "\(again.errors)")
    #expect(bytes("many-3/detection.json") == bytes("one/detection.json"))

    // What an older version left has no noise: it is made, and nothing is attacked for it.
    try FileManager.default.removeItem(
      atPath: folder("many-2/features/network-fgsm-noise-test.h5"))
    let older = try detect("many-2", more)
    #expect(older.status == 0 && older.errors.contains("features of noise as large as fgsm"))
    #expect(!older.errors.contains("samples/s"), "\(older.errors)")
    expectSame("one", "many-2", "after the noise was lost")
  }

  @Test func numbersHangTogether() throws {
    let document = try document(Self.numbers.get())
    #expect(value(document, "settings.per_class") as? [Int] == [2, 4])
    for subject in ["network", "baseline"] {
      for method in ["fgsm", "cw"] {
        let found = try #require(value(document, "\(subject).methods.\(method)"))
        for split in ["train", "test"] {
          let attacked = try #require(value(found, "\(split).attacked") as? Int)
          let samples = try #require(value(found, "\(split).samples") as? Int)
          let successes = try #require(value(found, "\(split).successes") as? Int)
          #expect(successes <= attacked && attacked <= samples)
          #expect(
            value(found, "\(split).samples") as? Int
              == value(document, split == "train" ? "data.train_drawn" : "data.test_drawn") as? Int)
        }
        for size in 0..<2 {
          let repeats = try #require(
            value(found, "sizes.\(size).repeats") as? [[String: Any]])
          let rates = try repeats.map { one in
            let tested = try #require(one["tested"] as? Int)
            #expect(tested <= 60 && tested > 36)
            let errors = try [one["false_alarms"], one["misses"]].map { try #require($0 as? Int) }
            let rate = Double(errors[0] + errors[1]) / Double(tested)
            let told = try #require(value(one, "error.share") as? Double)
            #expect(abs(told - rate) < 1e-15)
            return rate
          }
          for one in repeats {
            let tried = try #require(one["noise_tested"] as? Int)
            let pairs = try #require(one["tested"] as? Int) / 2
            #expect(method == "fgsm" ? tried == pairs : tried <= pairs)
            #expect(try (0...tried).contains(#require(one["noise_alarms"] as? Int)))
          }
          let mean = try #require(value(found, "sizes.\(size).error.mean") as? Double)
          #expect(rates.count == 2 && abs(mean - (rates[0] + rates[1]) / 2) < 1e-15)
        }
        let importances = try #require(value(found, "importances") as? [Double])
        #expect(
          importances.count == 7 && abs(importances.reduce(0, +) - 1) < 1e-9
            && importances.allSatisfy { $0 >= 0 })
      }
      let adaptive = try #require(value(document, "\(subject).adaptive") as? [[String: Any]])
      #expect(
        adaptive.map { "\($0["attack"] ?? "") \($0["detector"] ?? "")" } == [
          "single-pixel fgsm", "single-pixel cw", "local-search fgsm", "local-search cw",
        ])
      for found in adaptive {
        #expect(found["samples"] as? Int == 4)
        let fooled = try #require(found["network_successes"] as? Int)
        #expect(try #require(found["caught_successes"] as? Int) <= fooled)
      }
    }
    // Differences are of the repeats' errors.
    func rate(_ subject: String, _ r: Int) throws -> Double {
      try #require(
        value(document, "\(subject).methods.cw.sizes.1.repeats.\(r).error.share") as? Double)
    }
    let difference = try (0..<2).reduce(0.0) {
      try $0 + (rate("network", $1) - rate("baseline", $1)) / 2
    }
    let told = try #require(
      value(document, "comparison.methods.cw.1.difference.mean") as? Double)
    #expect(abs(told - difference) < 1e-15)
    let html = try String(contentsOfFile: folder("numbers/detection.html"), encoding: .utf8)
    for words in [
      "<title>How attacks are detected on data</title>", "Table 3", "chance", "FGSM", "CW",
      "Under attack", "Over methods and sizes",
    ] {
      #expect(html.contains(words), "\(words)")
    }
    #expect(!html.contains("paper, CSG"), "the paper's rows are for other data")
    try expectNoise("numbers")
  }

  /// Noise is tried on what was attacked, of CW where it found something, and moves the features.
  private func expectNoise(_ output: String) throws {
    for (subject, method) in ["network", "baseline"].flatMap({ [($0, "fgsm"), ($0, "cw")] }) {
      func dataset(_ name: String, _ key: String) throws -> HDF5Dataset {
        try HDF5File(reading: folder("\(output)/features/\(subject)-\(name)-test.h5")).dataset(key)
      }
      let tried = try dataset("\(method)-noise", "was_attacked").readAll(UInt8.self)
      let attacked = try dataset(method, "was_attacked").readAll(UInt8.self)
      let fooling = try dataset(method, "success").readAll(UInt8.self)
      let expected = method == "fgsm" ? attacked : zip(attacked, fooling).map { min($0, $1) }
      #expect(tried == expected && (tried.contains(1) || method == "cw"), "\(subject), \(method)")
      let normal = try dataset("normal", "features").readAll(Float.self)
      let noisy = try dataset("\(method)-noise", "features").readAll(Float.self)
      let width = normal.count / tried.count
      for (row, isTried) in tried.enumerated() {
        let place = row * width..<(row + 1) * width
        #expect((normal[place] != noisy[place]) == (isTried == 1), "\(method), row \(row)")
      }
    }
  }

  @Test(.enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)))
  func pyTorchFindsTheSame() throws {
    _ = try Self.numbers.get()
    func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: ",") }
    for (run, subject) in [("a", "network"), ("b", "baseline")] {
      let exported = try Program.run(
        ["export", "runs/\(run)", "--output", "\(run).safetensors"], in: folder.path)
      #expect(exported.status == 0, "\(exported.errors)")
      let judged = try Program(
        command: [
          try #require(Places.python), Places.golden("detection_judge.py"), "\(run).safetensors",
          "numbers", "data", "--mean", list(Self.mean), "--std", list(Self.std), "--subject",
          subject,
        ], in: folder.path, environment: ["PYTHONDONTWRITEBYTECODE": "1"]
      ).finish()
      #expect(judged.status == 0, "\(judged.errors)")
      let found = try #require(
        JSONSerialization.jsonObject(with: Data(judged.output.utf8)) as? [String: Any])
      for name in ["normal", "attacked"] {
        #expect(try #require(found[name] as? Double) < 1e-5, "\(run): \(name)")
      }
      #expect(found["pictures"] as? Int == 0 && found["draws"] as? Int == 0, "\(run)")
      let ours = try #require(found["ours"] as? Double)
      if let theirs = found["theirs"] as? Double {
        // Some 300 pictures, few draws, small forests.
        #expect(abs(ours - theirs) < 0.15, "\(run): \(ours), \(theirs)")
      }
    }
  }

  /// Only pictures that fool the net, fewer than are attacked.
  @Test func successfulOnesAlone() throws {
    let all = ["--method", "fgsm", "--per-class", "12", "--test-per-class", "8", "--repeats", "1"]
    let finished = try detect("successful", all + ["--trees", "5", "--successful", "--json"])
    #expect(finished.status == 0, "\(finished.errors)")
    let document = try document(finished)
    let found = try #require(value(document, "network.methods.fgsm"))
    let pairs = try #require(value(found, "sizes.0.repeats.0.training_pairs") as? Int)
    #expect(pairs == value(found, "train.successes") as? Int && pairs > 0)
    #expect(pairs < (value(found, "train.attacked") as? Int) ?? 0)
    #expect(value(found, "sizes.0.error.standard_deviation") is NSNull, "of one repeat")
    #expect(value(document, "network.adaptive") is NSNull)
  }

  @Test func badInputIsTold() throws {
    func expect(_ more: [String], _ status: Int32, _ words: String...) throws {
      let finished = try Program.run(["detect", "runs/a"] + more, in: folder.path)
      #expect(finished.status == status, "\(more): \(finished.errors)")
      for word in words { #expect(finished.errors.contains(word), "\(finished.errors)") }
    }
    let base = ["--output", "bad", "--data"]
    try expect(base + ["data", "--per-class", "10,2000"], 78, "--per-class", "2000", "class '")
    try expect(base + ["data", "--per-class", "6"], 78, "--test-per-class", "100", "class '")
    try expect(base + ["data/test"], 78, "--data", "train/")
    try expect(base + ["nowhere"], 66, "nowhere")
    try expect(base + ["data", "--per-class", "6,"], 64, "--per-class")
    try expect(base + ["data", "--per-class", "0"], 64, "--per-class")
    try expect(base + ["data", "--repeats", "0"], 64, "--repeats")
    try expect(base + ["data", "--method", "none"], 64, "fgsm")
    try expect(base + ["data", "--method", "pgd", "--budget", "paper"], 64, "--budget")
    try expect(
      base + ["data", "--baseline", "runs/a", "--per-class", "6", "--test-per-class", "8"], 78,
      "--baseline", "gate")

    // A folder of another detection is left as it is.
    let few = ["--method", "fgsm", "--test-per-class", "8", "--repeats", "1", "--trees", "2"]
    #expect(try detect("taken", few + ["--per-class", "5"]).status == 0)
    let before = bytes("taken/attacks/network-fgsm-train.h5")
    let other = try detect("taken", few + ["--per-class", "6"])
    #expect(other.status == 78 && other.errors.contains("taken/features"), "\(other.errors)")
    #expect(before != nil && bytes("taken/attacks/network-fgsm-train.h5") == before)

    // A damaged file is told, not believed.
    let path = folder("taken/features/network-fgsm-test.h5")
    var damaged = try #require(bytes("taken/features/network-fgsm-test.h5"))
    let middle = damaged.count / 2
    for place in middle..<middle + 64 { damaged[place] ^= 0xFF }
    try damaged.write(to: URL(fileURLWithPath: path))
    let found = try detect("taken", few + ["--per-class", "5"])
    #expect(found.status == 65 && found.errors.contains("network-fgsm-test.h5"), "\(found.errors)")
  }
}
