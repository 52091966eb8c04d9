import Core
import Foundation
import Storage
import TestSupport
import Testing

/// The same attacks on a small net and its baseline, as a user runs them.
@Suite struct DefendTests {
  private static let made = Result {
    let sandbox = try Sandbox()
    for (name, keys) in [("a", []), ("b", ["--set", "gate.schedule=standard"])] {
      let trained = try sandbox.train(name, keys)
      #expect(trained.status == 0, "\(trained.errors)")
    }
    return sandbox
  }

  private let sandbox: Sandbox

  init() throws { sandbox = try Self.made.get() }

  private func arguments(_ output: String, _ more: [String]) -> [String] {
    [
      "defend", "runs/a", "--baseline", "runs/b", "--data", "data", "--output", output, "--count",
      "12",
    ] + more
  }

  private func defend(_ output: String, ranks: Int? = nil, _ more: [String] = []) throws -> Finished
  {
    try Program.run(arguments(output, more), ranks: ranks, in: sandbox.path)
  }

  private func bytes(_ path: String) -> Data? {
    FileManager.default.contents(atPath: sandbox.folder(path))
  }

  private static let methods = [
    "--method", "single-pixel", "--method", "local-search", "--method", "pgd", "--epsilon",
    "0.01,8/255",
  ]

  private static let files =
    ["defence.json", "defence.html"]
    + ["network", "baseline"].flatMap { net in
      [
        "single-pixel", "local-search-published", "local-search-library", "pgd-0.01",
        "pgd-0.03137254901960784",
      ].map { "attacks/\(net)-\($0).h5" }
    }

  /// Every number can be found again in the attacks' files.
  @Test func theDocumentTellsWhatTheFilesHold() throws {
    let finished = try defend("told", Self.methods + ["--json"])
    #expect(finished.status == 0, "\(finished.errors)")
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
    let data = try #require(document["data"] as? [String: Any])
    #expect(data["attacked"] as? Int == 12)
    let attacks = try #require(document["attacks"] as? [[String: Any]])
    #expect(attacks.count == 5)
    var samples: Set<[Int32]> = []
    var all = 0
    for attack in attacks {
      let name = try #require(attack["name"] as? String)
      var fooled: [[Bool]] = []
      for net in ["network", "baseline"] {
        let file = try HDF5File(reading: sandbox.folder("told/attacks/\(net)-\(name).h5"))
        samples.insert(try file.dataset("samples").readAll(Int32.self))
        let right = try file.dataset("was_correct").readAll(UInt8.self)
        #expect(right == [UInt8](repeating: 1, count: 12))
        let success = try file.dataset("success").readAll(UInt8.self).map { $0 == 1 }
        let found = try #require(attack[net] as? [String: Any])
        #expect(found["successes"] as? Int == success.count { $0 })
        let interval = try #require(found["success"] as? [String: Double])
        #expect(interval["share"] == Double(success.count { $0 }) / 12)
        fooled.append(success)
      }
      let comparison = try #require(attack["comparison"] as? [String: Any])
      let pairs = zip(fooled[0], fooled[1])
      #expect(comparison["network_only"] as? Int == pairs.count { $0 && !$1 })
      #expect(comparison["baseline_only"] as? Int == pairs.count { !$0 && $1 })
      all += fooled.joined().count { $0 }
    }
    #expect(samples.count == 1, "both nets are attacked on the same samples")
    #expect(all > 0)
    let page = try String(contentsOfFile: sandbox.folder("told/defence.html"), encoding: .utf8)
    #expect(page.contains("<title>How attacks are withstood on data</title>"))
    #expect(page.contains("Table 4") && page.contains("<img "))
  }

  @Test func ranksThreadsAndInterruptionsChangeNoByte() throws {
    let alone = try defend("one", Self.methods + ["--set", "compute.threads=3"])
    #expect(alone.status == 0, "\(alone.errors)")
    for ranks in 2...3 {
      let together = try defend("many", ranks: ranks, Self.methods)
      #expect(together.status == 0, "\(together.errors)")
      for name in Self.files {
        let file = try #require(bytes("one/\(name)"), "\(name)")
        #expect(bytes("many/\(name)") == file, "\(name), \(ranks) ranks")
      }
      try FileManager.default.removeItem(atPath: sandbox.folder("many"))
    }
    // What is there is not made again; what is missing is.
    let missing = sandbox.folder("one/attacks/baseline-pgd-0.01.h5")
    let before = try #require(bytes("one/attacks/baseline-pgd-0.01.h5"))
    try FileManager.default.removeItem(atPath: missing)
    let again = try defend("one", Self.methods)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("baseline: pgd-0.01"))
    #expect(!again.errors.contains("network: pgd-0.01"))
    #expect(bytes("one/attacks/baseline-pgd-0.01.h5") == before)
    // Asked to stop, it goes on by the same command.
    let fault = Fault(
      match: "fsync stopped/attacks/network-local-search-published", number: 1, deed: "SIGUSR1")
    let (stopped, _) = try FaultLibrary.run(
      arguments("stopped", Self.methods), in: sandbox.folder, fault: fault)
    #expect(stopped.status == 75, "\(stopped.errors)")
    let resumed = try defend("stopped", ranks: 2, Self.methods)
    #expect(resumed.status == 0, "\(resumed.errors)")
    for name in Self.files { #expect(bytes("stopped/\(name)") == bytes("one/\(name)"), "\(name)") }
    // Another seed's are not taken for these.
    let other = try defend("one", Self.methods + ["--seed", "5"])
    #expect(other.status == 78 && other.errors.contains("--seed is 0 there, 5 here"))
  }

  @Test(
    arguments: [
      (["--epsilon", "8"], Int32(64), "8/255"), (["--epsilon", "0.1,0.1"], 64, "different"),
      (["--count", "0"], 64, "--count"), (["--method", "none"], 64, "none"),
      (["--budget", "paper"], 64, "of cw"),
      (["--method", "single-pixel", "--epsilon", "0.1"], 64, "of fgsm and pgd"),
      (["--baseline", "runs/none"], 66, "none"),
    ])
  func badRequestsAreRefused(_ more: [String], _ status: Int32, _ words: String) throws {
    let finished = try defend("refused", more)
    #expect(finished.status == status, "\(finished.errors)")
    #expect(finished.errors.contains(words))
    #expect(bytes("refused/defence.json") == nil)
  }
}
