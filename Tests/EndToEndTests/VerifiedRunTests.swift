import Communicator
import Foundation
import Storage
import TestSupport
import Testing
import Training

/// Wrong bits, and what `verify.replay_every` makes of them: found before they are learned, wherever they are.
///
/// Real ones: in what a matrix product or MPI gives (`Tests/Faults/flips.c`), and in the memory of a process that
/// rests between two steps. Three replicas of four images; the first step verifies the first, which is rank 0's.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct VerifiedRunTests {
  private static let sets = [
    "compute.threads=1", "compute.convolution=gemm", "replicas=3", "batch_size=12", "data.limit=48",
    "gate.period=2", "gate.csg_start=0", "epochs=2", "evaluate.every_epochs=0",
    "log.tensorboard=false",
    "checkpoint.every_steps=4",
  ].flatMap { ["--set", $0] }
  private static let replay = ["--set", "verify.replay_every=1"]
  private static let steps = 8

  /// An undisturbed run without verification, its digest, and the matrix products of a replica.
  private static let reference = Result {
    let sandbox = try Sandbox()
    let library = try PreloadedLibrary("flips")
    let finished = try sandbox.train(
      "reference", sets,
      environment: ["LD_PRELOAD": library.path, "FLIPS_LOG": sandbox.folder("products")])
    try #require(finished.status == 0, "\(finished.errors)")
    let text = try String(contentsOfFile: sandbox.folder("products"), encoding: .utf8)
    let products = try #require(text.split(separator: " ").first.flatMap { Int($0) })
    try #require(products > 0 && products % (3 * steps) == 0, "\(products)")
    return (
      sandbox: sandbox, library: library, digest: try sandbox.digest("reference"),
      products: products / (3 * steps)
    )
  }

  private func mismatches(_ name: String, _ sandbox: Sandbox) throws -> [[String: Any]] {
    try sandbox.records(name).filter { $0["kind"] as? String == "mismatch" }
  }

  @Test(arguments: [nil, 2, 3] as [Int?]) func verifyingChangesNoBit(_ ranks: Int?) throws {
    let (sandbox, _, digest, _) = try Self.reference.get()
    let name = "quiet-\(ranks ?? 0)"
    let finished = try sandbox.train(name, Self.sets + Self.replay, ranks: ranks)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(try sandbox.digest(name) == digest)
    #expect(try mismatches(name, sandbox).isEmpty)
  }

  /// With gradients of 16 bits too: none is taken for wrong that is not, and none is learned that is.
  @Test func roundedGradientsAreVerifiedToo() throws {
    let (sandbox, library, _, products) = try Self.reference.get()
    func train(_ name: String, _ more: [String], wrong: Int? = nil) throws -> String {
      var environment = ["LD_PRELOAD": library.path, "FLIPS_IN": "product"]
      environment["FLIPS_AT"] = wrong.map(String.init)
      environment["FLIPS_RANK"] = "0"
      let finished = try sandbox.train(
        name, Self.sets + ["--set", "compute.wire=bfloat16"] + more, ranks: 2,
        environment: wrong == nil ? [:] : environment)
      #expect(finished.status == 0, "\(finished.errors)")
      return try sandbox.digest(name)
    }
    let digest = try train("narrow", [])
    #expect(try train("narrow-quiet", Self.replay) == digest)
    #expect(try mismatches("narrow-quiet", sandbox).isEmpty)
    let replay = Self.replay + ["--set", "verify.replicas=all"]
    #expect(try train("narrow-wrong", replay, wrong: products) == digest)
    let found = try mismatches("narrow-wrong", sandbox)
    #expect(found.count == 1 && found.first?["replica"] as? Int == 0)
  }

  /// In the first layer's activations, in the last product, a gradient of the first layer, and between them, where
  /// a float may be one that nothing reads.
  @Test(
    arguments: [(nil, 0.0), (nil, 0.3), (nil, 0.7), (nil, 1), (2, 0), (3, 1)] as [(Int?, Double)])
  func aWrongProductIsTakenBack(_ ranks: Int?, _ place: Double) throws {
    let (sandbox, library, digest, products) = try Self.reference.get()
    let name = "product-\(ranks ?? 0)-\(place)"
    let number = 1 + Int(place * Double(products - 1))
    var environment = [
      "LD_PRELOAD": library.path, "FLIPS_IN": "product", "FLIPS_AT": "\(number)",
    ]
    if ranks != nil { environment["FLIPS_RANK"] = "0" }
    func train(_ name: String, _ more: [String]) throws -> Finished {
      try sandbox.train(name, Self.sets + more, ranks: ranks, environment: environment)
    }
    let finished = try train(name, Self.replay)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(try sandbox.digest(name) == digest, "nothing of it was learned")
    let found = try mismatches(name, sandbox)
    if ranks == nil {
      // Without verification it is learned, unless it did no harm.
      #expect(try train(name + "-learned", []).status == 0)
      #expect(try (sandbox.digest(name + "-learned") == digest) == found.isEmpty)
    }
    guard !found.isEmpty || place == 0 || place == 1 else { return }
    try #require(found.count == 1)
    #expect(found[0]["part"] as? String == "replica" && found[0]["step"] as? Int == 1)
    #expect(found[0]["replica"] as? Int == 0 && found[0]["owner"] as? Int == 0)
    #expect(found[0]["checker"] as? Int == (ranks == nil ? 0 : 1))
    let tensor = try #require(found[0]["tensor"] as? String)
    let other = ranks == nil ? "itself" : "rank 1"
    #expect(
      finished.errors.contains(
        "step 1: rank 0 is out of lockstep with \(other), first in \(tensor) of replica 0"))
  }

  /// Any replica of any step, where all are computed twice: the last product of each.
  @Test(arguments: [(nil, 0), (nil, 1), (nil, 2), (2, 2), (3, 1)] as [(Int?, Int)])
  func noReplicaIsLeftOut(_ ranks: Int?, _ replica: Int) throws {
    let (sandbox, library, digest, products) = try Self.reference.get()
    let name = "all-\(ranks ?? 0)-\(replica)"
    let owned = ReductionTree.owned(by: 0, replicas: 3, ranks: ranks ?? 1)
    let owner = owned.contains(replica) ? 0 : 1
    let first = ReductionTree.owned(by: owner, replicas: 3, ranks: ranks ?? 1).lowerBound
    // In the second step of the owner, whose own and checked replicas come before it.
    let turns = ReplaySchedule(every: 1, takesAll: true, replicas: 3, ranks: ranks ?? 1).turns(1)
    let before = turns.count { $0.owner == owner } + turns.count { $0.checker == owner }
    var environment = [
      "LD_PRELOAD": library.path, "FLIPS_IN": "product",
      "FLIPS_AT": "\((before + replica - first + 1) * products)",
    ]
    if ranks != nil { environment["FLIPS_RANK"] = "\(owner)" }
    let finished = try sandbox.train(
      name, Self.sets + Self.replay + ["--set", "verify.replicas=all"], ranks: ranks,
      environment: environment)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(try sandbox.digest(name) == digest, "nothing of it was learned")
    let found = try mismatches(name, sandbox)
    try #require(found.count == 1, "\(finished.errors)")
    #expect(found[0]["replica"] as? Int == replica && found[0]["owner"] as? Int == owner)
    #expect(found[0]["step"] as? Int == 2)
  }

  /// Rank 1 receives another sum than rank 0.
  @Test(arguments: [2, 3]) func aWrongSumIsTakenBack(_ ranks: Int) throws {
    let (sandbox, library, digest, _) = try Self.reference.get()
    let name = "sum-\(ranks)"
    let finished = try sandbox.train(
      name, Self.sets + Self.replay, ranks: ranks,
      environment: [
        "LD_PRELOAD": library.path, "FLIPS_IN": "received", "FLIPS_AT": "2", "FLIPS_RANK": "1",
      ])
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(try sandbox.digest(name) == digest)
    let found = try mismatches(name, sandbox)
    try #require(found.count == 1)
    #expect(found[0]["part"] as? String == "sum" && found[0]["replica"] is NSNull)
    #expect(found[0]["owner"] as? Int == 1 && found[0]["checker"] as? Int == 0)
    #expect((found[0]["tensor"] as? String)?.hasPrefix("gradient/") == true)
  }

  /// A rank that computes wrongly again ends the run.
  @Test func hardwareThatIsBrokenEndsTheRun() throws {
    let (sandbox, library, _, _) = try Self.reference.get()
    let finished = try sandbox.train(
      "broken", Self.sets + Self.replay, ranks: 2,
      environment: [
        "LD_PRELOAD": library.path, "FLIPS_IN": "product", "FLIPS_AT": "1", "FLIPS_STICKY": "1",
        "FLIPS_RANK": "0",
      ])
    #expect(finished.status == 1, "\(finished.errors)")
    #expect(finished.lastErrorLine.contains("step 1: rank 0 is out of lockstep with rank 1"))
    #expect(finished.lastErrorLine.contains("there is no checkpoint yet"))
    #expect(try mismatches("broken", sandbox).count == 2)
  }

  /// A G that no step leaves, in a run that verifies nothing: epoch 1 does not move it, and what cannot be read back is
  /// not saved. Saves are waited for, so that the run rests at the one of step 4.
  @Test func aGateThatNoStepLeavesIsNotSaved() throws {
    let (sandbox, _, digest, _) = try Self.reference.get()
    let sets = Self.sets + ["--set", "verify.replay_every=1000000"]
    let program = try sandbox.start("sign", sets, ranks: nil, untilSaved: 4)
    let process = try #require(try program.stoppedProcess())
    let file = sandbox.folder("runs/reference/checkpoints/step-000000004.h5")
    let gate = try HDF5File(reading: file).dataset("gate").readAll(Float.self)
    try #require(gate[0] > 0, "another seed: its sign is to be flipped")
    do {
      #expect(try Memory.flip(gate, in: process, bit: 31), "G was found in its memory")
    } catch Memory.Refused.memory {
      program.send(SIGKILL)
      _ = program.finish()
      print("SKIPPED: this system lets no process write another's memory")
      return
    }
    kill(process, SIGCONT)
    let finished = program.finish()
    #expect(finished.status == 1, "\(finished.errors)")
    #expect(finished.lastErrorLine.contains("step 8: gate holds -"), "\(finished.errors)")
    #expect(finished.lastErrorLine.contains("checkpoints/step-000000004.h5"))
    let resumed = try sandbox.train("sign", sets + ["--resume", "auto"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try sandbox.digest("sign") == digest)
  }

  /// A bit of what rests between two steps: θ, G, momentum, running statistics, on any rank. The run rests as rank
  /// 0 puts the checkpoint of step 4 in its place; the others wait for it.
  @Test(
    arguments: [
      ("parameters/layer3.0.bn2.weight", nil, 0), ("gate", nil, 0),
      ("optimizer/gated/layer3.0.bn2.weight", 2, 1), ("buffers/layer3.0.bn2.running_var", 3, 2),
      ("parameters/layer3.0.bn2.weight", 2, 0),
    ] as [(String, Int?, Int)])
  func aStateThatChangesAtRestEndsTheRun(_ tensor: String, _ ranks: Int?, _ rank: Int) throws {
    let (sandbox, _, _, _) = try Self.reference.get()
    let name = tensor.replacing("/", with: "-") + "-\(ranks ?? 0)"
    let program = try sandbox.start(
      name, Self.sets + Self.replay, ranks: ranks, untilSaved: 4)
    let waiting = try #require(try program.stoppedProcess())
    let process =
      try ranks == nil
      ? waiting : #require(program.children().first { Memory.rank($0) == rank })
    // The same bits as in the run that was not disturbed.
    let file = sandbox.folder("runs/reference/checkpoints/step-000000004.h5")
    let values = try HDF5File(reading: file).dataset(tensor).readAll(Float.self)
    do {
      #expect(try Memory.flip(values, in: process), "the tensor was found in its memory")
    } catch Memory.Refused.memory {
      program.send(SIGKILL)
      kill(waiting, SIGCONT)
      _ = program.finish()
      print("SKIPPED: this system lets no process write another's memory")
      return
    }
    kill(waiting, SIGCONT)
    let finished = program.finish()
    #expect(finished.status == 1, "\(finished.errors)")
    let plain = tensor.replacing("parameters/", with: "").replacing("buffers/", with: "")
    let line = finished.lastErrorLine
    #expect(line.contains("step 5: rank \(rank) is out of lockstep with itself, first in \(plain)"))
    #expect(line.contains("newest sound checkpoint: runs/\(name)/checkpoints/step-000000004.h5"))
    let found = try mismatches(name, sandbox)
    try #require(found.count == 1)
    #expect(found[0]["part"] as? String == "state" && found[0]["tensor"] as? String == plain)
    #expect(found[0]["step"] as? Int == 5 && found[0]["owner"] as? Int == rank)
    // From there it goes on as if nothing had been.
    guard ranks == nil, tensor == "gate" else { return }
    let resumed = try sandbox.train(name, Self.sets + ["--resume", "auto"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try sandbox.digest(name) == Self.reference.get().digest)
  }
}
