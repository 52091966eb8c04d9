import Foundation
import TestSupport
import Testing

/// What a run would cost elsewhere, held against runs of as many ranks here; never by the clock.
@Suite struct PlanTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func json(_ finished: Finished) throws -> [String: Any] {
    #expect(finished.status == 0, "\(finished.errors)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any],
      "one JSON document on stdout: \(finished.output)")
  }

  private func plan(_ arguments: String...) throws -> Finished {
    try Program.run(["plan", "run.yaml"] + arguments, in: sandbox.path)
  }

  /// Documents as benchmarks leave them, of a step of 13 images, each stage of which takes so long.
  private func writeMeasured(
    architecture: String = "resnet8", images: Int = 13, hosts: Int = 1
  ) throws {
    try sandbox.folder.write(
      "step.json",
      """
      {"architecture": "\(architecture)", "batch": \(images), "image": 28, "path": "standard", "steps": 9, "ranks": 2,
       "threads": 1, "cpu": "avx2", "sent_bytes": 0, "peak_bytes": 1, "images_per_second": \(2 * images),
       "stages": {"data_wait": 0, "load": 0.125, "forward": 0.25, "backward": 0.5, "all_reduce": 0, "update": 0.125}}
      """)
    try sandbox.folder.write(
      "sum.json",
      """
      {"ranks": 2, "hosts": \(hosts), "all_reduce": "flat", "wire": "float32", "bucket_megabytes": 4, "rows": [
        {"floats": 1000, "sent_bytes": 8000, "ordered": {"seconds": 0.00001, "repetitions": 9, "gigabytes_per_second": 1},
         "mpi": {"seconds": 0.00001, "repetitions": 9, "gigabytes_per_second": 1}},
        {"floats": 1000000, "sent_bytes": 8000000, "ordered": {"seconds": 0.001, "repetitions": 9, "gigabytes_per_second": 1},
         "mpi": {"seconds": 0.001, "repetitions": 9, "gigabytes_per_second": 1}}]}
      """)
  }

  /// From documents a plan is a function of its input alone, but for the program's own memory, which is measured.
  @Test func documentsMakeAPlan() throws {
    try writeMeasured()
    let arguments = ["--measured", "step.json", "--measured", "sum.json", "--link", "1,100"]
    func run(_ more: String...) throws -> Finished {
      try Program.run(
        ["plan", "run.yaml", "--hosts", "2", "--ranks-per-host", "2"] + arguments + more,
        in: sandbox.path)
    }
    let first = try run("--json")
    let document = try json(first)
    func withoutMemory(_ plan: [String: Any]) -> NSDictionary {
      plan.filter { !["memory_bytes_per_rank", "memory_bytes_per_host"].contains($0.key) }
        as NSDictionary
    }
    #expect(try withoutMemory(json(run("--json"))) == withoutMemory(document))
    let asked = try #require(document["asked"] as? [String: Any])
    #expect(asked["ranks"] as? Int == 4 && asked["hosts"] as? Int == 2)
    #expect(asked["is_this_run"] as? Bool == true)
    // A replica a rank: all stages once.
    #expect(asked["step_computing_seconds"] as? Double == 1)
    #expect(asked["steps_per_epoch"] as? Int == 11)
    // Test samples lie in 3 blocks of 64; a rank has one.
    let evaluation = try #require(asked["evaluation_seconds"] as? Double)
    #expect(abs(evaluation - 0.375 * 64 / 13) < 1e-9)
    #expect(try #require(asked["step_waiting_seconds"] as? Double) >= 200e-6)
    let table = try #require(document["table"] as? [[String: Any]])
    #expect(table.compactMap { $0["ranks"] as? Int } == (0...10).map { 1 << $0 })
    #expect(table.map { $0["is_this_run"] as? Bool } == (0...10).map { $0 <= 2 })
    let measured = try #require(document["measured"] as? [String: Any])
    #expect(measured["step_source"] as? String == "step.json")
    #expect(measured["ranks_at_once"] as? Int == 2)
    #expect(try #require(measured["message_seconds"] as? Double) > 0)
    let text = try run().output
    for part in ["resnet8 on 2 hosts × 2 ranks", "1 Gbit/s and 100 µs", "* another run", "knee: "] {
      #expect(text.contains(part), "\(part): \(text)")
    }
  }

  @Test func moreRanksThanReplicasAreAnotherRun() throws {
    try writeMeasured()
    let text = try plan(
      "--hosts", "3", "--ranks-per-host", "2", "--measured", "step.json", "--measured", "sum.json"
    ).output
    #expect(
      text.contains("6 ranks need replicas=6 and, of replicas of 13 images as now, batch_size=78"))
  }

  @Test func fewerRanksThanAHostHasAreToldOf() throws {
    try writeMeasured()
    let text = try plan(
      "--ranks-per-host", "3", "--measured", "step.json", "--measured", "sum.json"
    ).output
    for part in [
      "measured with 2 ranks at once, and a host has 3", "4 replicas do not go evenly into 3 ranks",
    ] {
      #expect(text.contains(part), "\(part): \(text)")
    }
  }

  /// This machine's kernels; and the bytes are those that two ranks count.
  @Test func thisMachineIsMeasured() throws {
    let sets = ["--set", "replicas=2", "--set", "batch_size=26"]
    let document = try json(
      Program.run(
        ["plan", "run.yaml", "--ranks-per-host", "2", "--seconds", "0.01", "--json"] + sets,
        in: sandbox.path))
    let measured = try #require(document["measured"] as? [String: Any])
    for key in ["forward_seconds_per_replica", "backward_seconds_per_replica"] {
      #expect(try #require(measured[key] as? Double) > 0, "\(key)")
    }
    #expect(try #require(measured["memory_bytes_per_second"] as? Double) > 0)
    let bench = try json(
      Program.run(
        ["bench", "step", "--architecture", "resnet8", "--batch", "13", "--data", "data"]
          + ["--image", "28", "--seconds", "0.01", "--json"], ranks: 2, in: sandbox.path))
    let asked = try #require(document["asked"] as? [String: Any])
    let sent = try #require(asked["step_sent_bytes_per_rank"] as? Int)
    #expect(sent > 0 && sent == bench["sent_bytes"] as? Int)
  }

  /// The memory is that which two ranks plan, whose slots and levels are others than one rank's.
  @Test(arguments: [4, 6]) func memoryIsThatOfTwoRanks(_ replicas: Int) throws {
    let sets =
      ["--set", "replicas=\(replicas)", "--set", "model.architecture=resnet18-cifar"]
      + ["--set", "compute.threads=1"]
    let images = (50 + replicas - 1) / replicas
    try writeMeasured(architecture: "resnet18-cifar", images: images)
    let document = try json(
      Program.run(
        ["plan", "run.yaml", "--ranks-per-host", "2", "--json"] + sets
          + ["--measured", "step.json", "--measured", "sum.json"], in: sandbox.path))
    let bytes = try #require(document["memory_buffers_bytes_per_rank"] as? Int)
    let doctor = try Program.run(
      ["doctor", "--config", "run.yaml"] + sets, ranks: 2, in: sandbox.path)
    #expect(doctor.status == 0, "\(doctor.errors)")
    let told = "activations, gradients and state \((bytes + 1 << 20 - 1) >> 20) MiB"
    #expect(doctor.output.contains(told), "\(told): \(doctor.output)")
  }

  private func expect(
    _ finished: Finished, _ status: Int32, _ parts: String...,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(finished.status == status, "\(finished.errors)", sourceLocation: location)
    for part in parts {
      #expect(
        finished.errors.contains(part), "'\(part)' in: \(finished.errors)", sourceLocation: location
      )
    }
    #expect(finished.output.isEmpty, sourceLocation: location)
  }

  @Test func badInput() throws {
    try writeMeasured()
    expect(try plan("--link", "10"), 64, "--link takes GBIT,MICROSECONDS")
    expect(try plan("--link", "0,5"), 64, "--link")
    expect(try plan("--hosts", "0"), 64, "--hosts")
    expect(try plan("--hosts", "40000", "--ranks-per-host", "2"), 64, "65536 ranks")
    expect(try plan("--seconds", "0"), 64, "--seconds")
    expect(try plan("--measured", "none.json"), 66, "none.json")
    expect(try plan("--measured", "run.yaml"), 65, "run.yaml", "bench step")
    expect(try plan("--measured", "step.json", "--measured", "step.json"), 64, "same benchmark")
    expect(
      try plan("--measured", "step.json", "--set", "replicas=2"), 64, "step.json: measured 13",
      "--batch 25 --image 28")
    expect(
      try plan("--measured", "step.json", "--set", "compute.threads=2"), 64, "measured 1 thread",
      "--threads 2")
    expect(try plan("--set", "data.train=nowhere"), 66, "nowhere/manifest.json")
    try sandbox.folder.write(
      "alone.json",
      #"{"ranks": 1, "hosts": 1, "all_reduce": "flat", "wire": "float32", "bucket_megabytes": 4, "rows": []}"#
    )
    expect(
      try plan("--measured", "step.json", "--measured", "alone.json"), 64, "alone.json",
      "nobody to sum with")
    try writeMeasured(hosts: 2)
    expect(
      try plan("--measured", "step.json", "--measured", "sum.json"), 64, "sum.json", "one host",
      "launch/run 2 bench allreduce")
    let launched = try Program.run(["plan", "run.yaml"], ranks: 2, in: sandbox.path)
    expect(launched, 64, "start it alone")
  }
}
