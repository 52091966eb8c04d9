import Foundation
import TestSupport
import Testing

/// `launch/hosts`, on this host alone; `Tests/Cluster/run` tries it on several.
@Suite struct HostsTests {
  private let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox()
    try sandbox.folder.write("hosts", "# this one\nlocalhost slots=2\n")
    try sandbox.folder.write("none", "# no host\n")
    try sandbox.folder.write("more", "localhost slots=2\nno.such.host.invalid slots=2\n")
  }

  private func launch(_ arguments: [String], program: String = Places.program) throws -> Finished {
    try Program(
      command: ["\(Places.root)/launch/hosts"] + arguments, in: sandbox.path,
      environment: ["CSG_PROGRAM": program, "LAUNCH_PATIENCE": "10"]
    ).finish()
  }

  /// As many ranks as there are slots; the digest is that of one process.
  @Test func trainsOnTheSlots() throws {
    let steps = ["--max-steps", "3"]
    let finished = try launch(["hosts", "train", "run.yaml", "--output", "runs/hosts"] + steps)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(!finished.errors.contains("a rank has been started"))
    #expect(try sandbox.train("alone", steps).status == 0)
    #expect(try sandbox.digest("hosts") == sandbox.digest("alone"))
    let left = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder("runs"))
    #expect(Set(left) == ["hosts", "alone"])
  }

  /// A host that cannot be reached is named, and is left out where the others suffice.
  @Test func asksHostsFirst() throws {
    let refused = try launch(["more", "doctor"])
    #expect(refused.status == 69)
    #expect(refused.errors.contains("launch/hosts: no.such.host.invalid: cannot be reached: "))
    let sufficient = try launch(["more", "-n", "1", "doctor"])
    #expect(sufficient.status == 0, "\(sufficient.errors)")
    #expect(sufficient.output.contains("ranks        1"))
    let counted = try launch(["more", "--count", "doctor"])
    #expect(counted.status == 0 && counted.output == "2\n", "\(counted)")
  }

  @Test(
    arguments: [
      ("missing doctor", 66), ("none doctor", 78), ("hosts -n 0 doctor", 64), ("", 64),
      ("hosts -n 3 doctor", 78), ("hosts train missing.yaml", 78),
      ("hosts train run.yaml --set data.train=none", 78),
    ] as [(String, Int32)])
  func badRequestsAreRefused(_ arguments: String, _ status: Int32) throws {
    let finished = try launch(arguments.split(separator: " ").map(String.init))
    #expect(finished.status == status, "\(finished.errors)")
  }

  @Test func aMissingProgramIsNamed() throws {
    let finished = try launch(["hosts", "doctor"], program: "/none")
    #expect(finished.status == 69)
    #expect(finished.errors.contains("no program at /none"))
  }
}
