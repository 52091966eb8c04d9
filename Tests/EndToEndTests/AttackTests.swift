import Core
import Datasets
import Foundation
import FoundationXML
import Storage
import TestSupport
import Testing

/// Attacks on a small net, as a user runs them.
@Suite struct AttackTests {
  /// A data set of 130 test samples and a run on it, made once.
  private static let made = Result {
    let sandbox = try Sandbox()
    let trained = try sandbox.train("a", ranks: 2)
    #expect(trained.status == 0, "\(trained.errors)")
    return sandbox
  }

  private let sandbox: Sandbox
  private var folder: TemporaryFolder { sandbox.folder }

  init() throws { sandbox = try Self.made.get() }

  private func arguments(_ output: String, _ more: [String]) -> [String] {
    ["attack", "runs/a", "--data", "data", "--output", output] + more
  }

  @discardableResult
  private func attack(_ output: String, ranks: Int? = nil, _ more: [String]) throws -> Finished {
    let finished = try Program.run(arguments(output, more), ranks: ranks, in: sandbox.path)
    #expect(finished.status == 0, "\(more): \(finished.errors)")
    return finished
  }

  private func bytes(_ path: String) -> Data? {
    FileManager.default.contents(atPath: folder(path))
  }

  private func document(_ finished: Finished) throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
  }

  private func numbers(_ name: String, of file: String) throws -> [Int] {
    try HDF5File(reading: folder(file)).dataset(name).readAll(Int32.self).map(Int.init)
  }

  private func flags(_ name: String, of file: String) throws -> [Bool] {
    try HDF5File(reading: folder(file)).dataset(name).readAll(UInt8.self).map { $0 == 1 }
  }

  private static let search = ["--searches", "3", "--iterations", "20", "--constant", "0.1"]

  @Test(
    arguments: [
      ["--method", "fgsm", "--epsilon", "8/255"],
      ["--method", "pgd", "--untargeted", "--epsilon", "0.1"],
      ["--method", "pgd", "--targeted", "least-likely", "--per-class", "4"],
      ["--method", "cw", "--samples", "70"] + search,
    ])
  func ranksAndThreadsChangeNoByte(_ options: [String]) throws {
    let name = "f" + options.joined().replacing("/", with: "")
    let alone = try attack("\(name)-0.h5", options + ["--json", "--set", "compute.threads=3"])
    let file = try #require(bytes("\(name)-0.h5"))
    let count = try #require(try document(alone)["samples"] as? Int)
    #expect(count > 16 && file.count > count * 784 * 6)
    for ranks in 1...4 {
      let together = try attack(
        "\(name)-\(ranks).h5", ranks: ranks, options + ["--json", "--batch", "\(7 * ranks)"])
      #expect(together.output == alone.output)
      #expect(bytes("\(name)-\(ranks).h5") == file, "\(ranks) ranks")
    }
  }

  /// Killed, or asked to stop, on any ranks, once two of its blocks are kept: what was done stays, and the
  /// file is the same.
  @Test(arguments: [("kill-after", nil), ("SIGTERM", nil), ("SIGUSR1", 2)] as [(String, Int?)])
  func whatIsInterruptedGoesOn(_ deed: String, _ ranks: Int?) throws {
    let options = ["--method", "cw", "--targeted", "Bag", "--samples", "64"] + Self.search
    let name = "\(deed).h5"
    let fault = Fault(match: "fsync \(name).partial", number: 2, deed: deed)
    let (stopped, _) = try FaultLibrary.run(
      arguments(name, options), in: folder, fault: fault, ranks: ranks, rank: ranks == nil ? nil : 0
    )
    #expect(bytes(name) == nil && bytes("\(name).partial") != nil, "\(stopped.errors)")
    if fault.isKill {
      #expect(stopped.status == 128 + SIGKILL, "\(stopped.errors)")
    } else {
      #expect(stopped.status == 75, "\(stopped.errors)")
      #expect(stopped.errors.contains("the same command goes on"))
    }
    // Another command finds it, and leaves it alone.
    let other = try Program.run(
      arguments(name, options + ["--seed", "5"]), in: sandbox.path)
    #expect(other.status == 78 && other.errors.contains("--seed is 0 there, 5 here"))
    let resumed = try attack(name, ranks: ranks == nil ? 3 : 1, options)
    #expect(resumed.errors.contains("going on after 32 of 64"), "\(resumed.errors)")
    try attack("whole-\(name)", options)
    let whole = try #require(bytes("whole-\(name)"))
    #expect(bytes(name) == whole && bytes("\(name).partial") == nil)
  }

  /// Which samples, in order; and which of them are attacked.
  @Test func samplesAreChosen() throws {
    try attack("all.h5", ["--method", "fgsm", "--untargeted"])
    let right = try flags("was_correct", of: "all.h5")
    let labels = try numbers("labels", of: "all.h5")
    #expect(right.count == 130 && right.contains(true) && right.contains(false))
    #expect(try flags("was_attacked", of: "all.h5") == right)
    #expect(try numbers("targets", of: "all.h5").allSatisfy { $0 == -1 })

    for ranks in 1...3 {
      let name = "right-\(ranks).h5"
      try attack(name, ranks: ranks, ["--method", "fgsm", "--first-correct", "20"])
      let expected = Array(right.indices.filter { right[$0] }.prefix(20))
      #expect(try numbers("samples", of: name) == expected)
      #expect(try flags("was_correct", of: name).allSatisfy { $0 })
    }
    let targets = try numbers("targets", of: "right-1.h5")
    #expect(zip(targets, try numbers("labels", of: "right-1.h5")).allSatisfy { $0 != $1 })

    try attack("few.h5", ["--method", "fgsm", "--per-class", "3"])
    let few = try numbers("labels", of: "few.h5")
    #expect((0..<10).allSatisfy { c in few.count { $0 == c } == 3 })
    try attack("three.h5", ["--method", "fgsm", "--samples", "3", "--targeted", "1"])
    let first = labels.indices.filter { labels[$0] != 1 }.prefix(3)
    #expect(try numbers("samples", of: "three.h5") == Array(first))
    #expect(try numbers("targets", of: "three.h5") == [1, 1, 1])
  }

  private static let targeted = ["--method", "pgd", "--epsilon", "0.1", "--samples", "40"]

  /// The same page with the attack and after it, on any ranks; what is there is not attacked again.
  @Test func aPageIsMadeOfTheFile() throws {
    let together = try attack(
      "page.h5", ranks: 2, Self.targeted + ["--json", "--report", "pages/1.html"])
    let (file, page) = (try #require(bytes("page.h5")), try #require(bytes("pages/1.html")))
    let alone = try attack("page.h5", Self.targeted + ["--json", "--report", "2.html"])
    #expect(alone.errors.contains("page.h5 is there already") && alone.output == together.output)
    #expect(!alone.errors.contains("samples/s"), "\(alone.errors)")
    #expect(bytes("2.html") == page && bytes("page.h5") == file)
    let text = String(decoding: page, as: UTF8.self)
    #expect(XMLParser(data: Data(text.replacing("<!DOCTYPE html>", with: "").utf8)).parse())

    let document = try document(alone)
    let (attacked, fooled) = try (
      #require(document["attacked"] as? Int), #require(document["successes"] as? Int)
    )
    #expect(text.contains("<title>How PGD fools a net on data</title>"))
    #expect(text.contains("PGD fools the net on \(fooled) of \(attacked) pictures ("))
    let success = try flags("success", of: "page.h5")
    for name in ["labels", "targets"] {
      for (number, count) in Dictionary(
        grouping: zip(try numbers(name, of: "page.h5"), success), by: \.0
      ).mapValues({ $0.count { $0.1 } }) {
        let kind = try HDF5File(reading: folder("page.h5")).dataset("classes").readTexts()[number]
        let row = try #require(
          text.components(separatedBy: name == "labels" ? "By class of" : "By target").last?
            .components(separatedBy: "<th scope=\"row\">\(kind)</th>").dropFirst().first?
            .components(separatedBy: "</tr>").first)
        let cells = row.components(separatedBy: "</td>").map {
          $0.components(separatedBy: ">").last ?? ""
        }
        #expect(cells[name == "labels" ? 3 : 2] == "\(count)", "\(name) \(kind): \(row)")
      }
    }
    let strips = text.components(separatedBy: "class=\"strip\"").count - 1
    #expect(strips == min(12, fooled) + min(3, attacked - fooled) && fooled > 0)
    for name in try #require(document["definitions"] as? [String: String]).keys {
      #expect(text.contains("<th scope=\"row\">\(name)</th>"), "\(name)")
    }
  }

  /// A file of another attack is replaced, as ever, and so is one that is damaged.
  @Test func whatIsNotTheCommandsIsReplaced() throws {
    try attack("taken.h5", Self.targeted)
    let before = try #require(bytes("taken.h5"))
    let other = try attack("taken.h5", Self.targeted + ["--seed", "1"])
    #expect(other.errors.contains("attacking 40 samples") && bytes("taken.h5") != before)
    try Data(before.prefix(before.count / 2)).write(to: URL(fileURLWithPath: folder("taken.h5")))
    try attack("taken.h5", Self.targeted)
    #expect(bytes("taken.h5") == before)
  }

  /// What is no attack's is not.
  @Test(arguments: ["runs/a/checkpoints/latest", "run.yaml", "older"])
  func whatIsOfSomethingElseStays(_ path: String) throws {
    let file = folder("mine-\(path.split(separator: "/").joined(separator: "-"))")
    // An HDF5 file of the oldest format begins so.
    let older = Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0])
    try (path == "older" ? older : #require(bytes(path))).write(to: URL(fileURLWithPath: file))
    let before = FileManager.default.contents(atPath: file)
    let refused = try Program.run(arguments(file, Self.targeted), in: sandbox.path)
    #expect(refused.status == 73)
    #expect(
      refused.lastErrorLine.contains("is there, and is no attack's; name another --output"),
      "\(refused.lastErrorLine)")
    #expect(FileManager.default.contents(atPath: file) == before)
  }

  /// The page is killed in the making: the file is there, and the same command makes the page.
  @Test(
    .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
  func aPageAppearsWholeOrNotAtAll() throws {
    let options = Self.targeted + ["--report", "late.html"]
    let fault = Fault(match: "rename late.html", number: 1, deed: "kill-before")
    let (killed, _) = try FaultLibrary.run(
      arguments("late.h5", options), in: folder, fault: fault)
    #expect(killed.status == 128 + SIGKILL, "\(killed.errors)")
    #expect(bytes("late.h5") != nil && bytes("late.html") == nil)
    let again = try attack("late.h5", options)
    #expect(again.errors.contains("is there already"))
    #expect(bytes("late.html")?.isEmpty == false)
    let left = try FileManager.default.contentsOfDirectory(atPath: sandbox.path)
    #expect(!left.contains { $0.hasPrefix("late.html.") || $0.hasPrefix(".late.html") }, "\(left)")
  }

  /// More ε fools more; none fools nobody; and direction tells, beside noise as large.
  @Test func strengthTells() throws {
    func successes(_ epsilon: String) throws -> (fooled: Int, noise: Double) {
      let found = try document(
        attack(
          "e\(epsilon).h5", ["--method", "pgd", "--untargeted", "--json", "--epsilon", epsilon]))
      let noise = (found["noise_success"] as? [String: Double])?["share"]
      return (try #require(found["successes"] as? Int), try #require(noise))
    }
    let none = try successes("0")
    #expect(none.fooled == 0 && none.noise == 0)
    let (little, much) = try (successes("0.004"), successes("0.06"))
    #expect(little.fooled < much.fooled && much.fooled > 0)
    let attacked = try flags("was_attacked", of: "e0.06.h5").count { $0 }
    #expect(Double(much.fooled) / Double(attacked) > much.noise)
  }

  @Test(.enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)))
  func pyTorchFindsTheSame() throws {
    let exported = try Program.run(
      ["export", "runs/a", "--output", "a.safetensors"], in: sandbox.path)
    #expect(exported.status == 0, "\(exported.errors)")
    let python = try #require(Places.python)
    let options = [
      ["--method", "fgsm"], ["--method", "pgd", "--untargeted"],
      [
        "--method", "pgd", "--targeted", "least-likely", "--seed", "12345678901", "--epsilon",
        "0.1",
        "--step-size", "0.03",
      ],
      ["--method", "cw", "--untargeted", "--samples", "20"] + Self.search,
    ]
    for option in options {
      let sets = ["compute.convolution=direct", "data.mean=[0.2860]", "data.std=[0.3530]"]
      try attack("judged.h5", option + sets.flatMap { ["--set", $0] })
      let judged = try Program(
        command: [
          python, Places.golden("attacks_judge.py"), "a.safetensors", "judged.h5", "--mean",
          "0.2860", "--std", "0.3530",
        ], in: sandbox.path, environment: ["PYTHONDONTWRITEBYTECODE": "1"]
      ).finish()
      #expect(judged.status == 0, "\(judged.errors)")
      let found = try #require(
        JSONSerialization.jsonObject(with: Data(judged.output.utf8)) as? [String: Double])
      print("\(option): \(found)")
      #expect(found["outside"] == 0 && found["wrong"] == 0)
      #expect(try #require(found["logits"]) < 1e-5 && #require(found["norms"]) < 1e-12)
      let (ours, theirs) = try (#require(found["success"]), #require(found["theirs"]))
      #expect(ours > 0 && abs(ours - theirs) <= 1)
      if option[1] == "cw" {
        let (ours, theirs) = try (#require(found["l2"]), #require(found["their_l2"]))
        #expect(abs(ours - theirs) <= 0.02 * theirs)
      } else {
        let (equal, floor) = try (#require(found["equal"]), #require(found["floor"]))
        #expect(equal >= min(0.99, floor - 0.005), "\(option): \(equal), float64 \(floor)")
      }
    }
  }

  @Test func badInputIsTold() throws {
    func expect(_ arguments: [String], _ status: Int32, _ words: String...) throws {
      let finished = try Program.run(arguments, in: sandbox.path)
      #expect(finished.status == status, "\(arguments): \(finished.errors)")
      for word in words { #expect(finished.errors.contains(word), "\(finished.errors)") }
    }
    let fgsm = ["--method", "fgsm"]
    func bad(_ more: [String]) -> [String] { arguments("bad.h5", fgsm + more) }
    try expect(bad(["--epsilon", "8"]), 64, "8/255 = 0.0314")
    try expect(bad(["--epsilon", "-0.1"]), 64, "--epsilon")
    try expect(bad(["--epsilon", "8/0"]), 64, "--epsilon")
    try expect(bad(["--steps", "7"]), 64, "--steps is of pgd, not of fgsm")
    try expect(arguments("bad.h5", ["--method", "cw", "--epsilon", "0.1"]), 64, "not of cw")
    try expect(arguments("bad.h5", ["--method", "pgd", "--steps", "0"]), 64, "--steps")
    try expect(arguments("bad.h5", ["--method", "unknown"]), 64, "--method")
    try expect(bad(["--targeted", "random", "--untargeted"]), 64, "exclude each other")
    try expect(bad(["--samples", "3", "--per-class", "3"]), 64, "exclude each other")
    try expect(bad(["--samples", "0"]), 64, "--samples")
    try expect(bad(["--targeted", "horse"]), 78, "'horse' is no class")
    try expect(bad(["--targeted", "10"]), 78, "give numbers from 0 to 9")
    try expect(
      ["attack", "runs/a", "--data", "nowhere", "--output", "bad.h5"] + fgsm, 66, "nowhere")
    try expect(
      ["attack", "runs/b", "--data", "data", "--output", "bad.h5"] + fgsm, 66, "runs/b")
    try expect(arguments("runs", fgsm), 73, "runs: is no file")
    try expect(bad(["--report", "bad.h5"]), 64, "--report is --output's file")
    try expect(bad(["--report", "pages/"]), 64, "--report names no file")
    try expect(bad(["--report", "runs"]), 73, "runs: is no file")
    try expect(bad(["--report", "run.yaml/a.html"]), 73, "run.yaml")
    try expect(arguments("run.yaml/bad.h5", fgsm), 73, "run.yaml")

    // A split of ankle boot, pullover and trouser, and a net that sees sandals everywhere.
    try Sandbox.write(to: folder("three"), train: 30, test: 3)
    let exported = try Program.run(
      ["export", "runs/a", "--output", "a.safetensors"], in: sandbox.path)
    #expect(exported.status == 0, "\(exported.errors)")
    let weights = try Safetensors.read(folder("a.safetensors")).map { tensor in
      guard tensor.name == "fc.bias" else { return tensor }
      return NamedTensor(
        name: tensor.name, shape: tensor.shape, values: (0..<10).map { $0 == 5 ? 1e4 : 0 })
    }
    try Safetensors.write(weights, metadata: [:], to: folder("sandal.safetensors"))
    let imported = try Program.run(
      [
        "import", "sandal.safetensors", "--architecture", "resnet8", "--classes", "10",
        "--channels", "1", "--output", "sandal.h5",
      ], in: sandbox.path)
    #expect(imported.status == 0, "\(imported.errors)")
    let three = ["attack", "sandal.h5", "--data", "three", "--output", "bad.h5"] + fgsm
    try expect(three + ["--first-correct", "5"], 78, "right on none of the 3 samples")
    try expect(three + ["--per-class", "1"], 78, "class 'T-shirt/top' has no sample in three/test")
    // Other classes under the same numbers.
    let images = try FashionMNISTImporter.load(folder: Places.fashionMNIST)
    let renamed = RawDataset(
      classes: images.classes.map { $0 == "Bag" ? "Sack" : $0 }, source: "other names",
      train: images.train.prefix(3), test: images.test.prefix(3))
    try DatasetWriter.write(renamed, to: folder("renamed"), shards: 1) { _ in }
    try expect(
      ["attack", "runs/a", "--data", "renamed", "--output", "bad.h5"] + fgsm, 78, "Sack", "Bag")
    #expect(bytes("bad.h5") == nil && bytes("bad.h5.partial") == nil)
  }
}
