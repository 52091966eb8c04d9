import Foundation
import TestSupport
import Testing

/// `launch/run`, which gives mpirun what it needs here.
@Suite struct LaunchTests {
  private func launch(
    _ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:]
  ) throws -> Finished {
    var all = environment
    all["CSG_PROGRAM"] = Places.program
    return try Program(
      command: ["\(Places.root)/launch/run"] + arguments, in: folder.path, environment: all
    ).finish()
  }

  @Test func runsTheProgramOnRanks() throws {
    let finished = try launch(["2", "doctor"], in: TemporaryFolder())
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(finished.output.contains("ranks        2"), "\(finished.output)")
  }

  @Test func passesTheStatusOn() throws {
    let finished = try launch(["2", "train", "missing.yaml"], in: TemporaryFolder())
    #expect(finished.status == 66, "\(finished.errors)")
  }

  /// Open MPI's fault comes by chance, so a script that behaves like it stands in for mpirun.
  @Test func endsAnMPIRunThatHangsAfterItsRanks() throws {
    let folder = try TemporaryFolder()
    let mpirun = try folder.write("mpirun", "#!/bin/sh\nsleep 3\nexec sleep 300\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: mpirun)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let finished = try launch(
      ["2", "doctor"], in: folder,
      environment: ["PATH": "\(folder.path):\(path)", "LAUNCH_PATIENCE": "2"])
    #expect(finished.status == 1)
    #expect(finished.lastErrorLine.contains("mpirun hung after its ranks had ended"))
  }
}
