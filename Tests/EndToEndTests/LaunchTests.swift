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

  /// What is evaluated is the run that was trained.
  @Test func theQuickstartRefusesAnotherFolder() throws {
    let folder = try TemporaryFolder()
    let refused = try Program(
      command: ["\(Places.root)/launch/quickstart", "--output", "x"], in: folder.path
    ).finish()
    #expect(refused.status == 64 && refused.errors.contains("runs/quickstart"), "\(refused.errors)")
  }

  /// Below a prefix, with what it needs of Swift's runtime.
  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "\(Places.root)/.build/release/csg-dist"),
      "SKIPPED: there is no release build to install"))
  func installs() throws {
    let folder = try TemporaryFolder()
    let install = ["\(Places.root)/launch/install", "--prefix"]
    let relative = try Program(command: install + ["here"], in: folder.path).finish()
    #expect(relative.status == 64, "\(relative.errors)")
    for _ in 1...2 {
      let finished = try Program(command: install + [folder("opt")], in: folder.path).finish()
      #expect(finished.status == 0, "\(finished.errors)")
    }
    for name in [
      "lib/csg-dist/libswiftCore.so", "share/csg-dist/configs/quickstart.yaml",
      "share/bash-completion/completions/csg-dist",
    ] {
      #expect(FileManager.default.fileExists(atPath: folder("opt/\(name)")), "\(name)")
    }
    let version = try Program(command: [folder("opt/bin/csg-dist"), "--version"], in: folder.path)
      .finish()
    #expect(version.output == (try Program.run(["--version"], in: folder.path)).output)
    let modulefile = folder(
      "opt/share/modulefiles/csg-dist/"
        + version.output.trimmingCharacters(in: .whitespacesAndNewlines))
    #expect(FileManager.default.fileExists(atPath: modulefile))
    let ranks = try Program(
      command: [folder("opt/lib/csg-dist/launch/run"), "2", "doctor"], in: folder.path,
      environment: ["CSG_PROGRAM": ""]
    ).finish()
    #expect(ranks.output.contains("ranks        2"), "\(ranks.errors)")
  }

  /// Started by srun as if it were a rank, with an MPI that cannot join it to the others.
  @Test(arguments: [
    "evaluate none --data none", "analyze none --data none --output a",
    "localize none --data none --output l", "attack none --data none --output a.h5 --method fgsm",
    "defend none --baseline none --data none --output d", "detect none --data none --output d",
    "bench step", "doctor", "train run.yaml",
  ])
  func oneOfSeveralThatIsAlone(_ command: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("run.yaml", "epochs: 1\n")
    let step = ["SLURM_STEP_NUM_TASKS": "4", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0"]
    let finished = try Program.run(
      command.split(separator: " ").map(String.init), in: folder.path, environment: step)
    #expect(finished.status == 1)
    #expect(
      finished.lastErrorLine.contains("the launcher started 4 processes (SLURM_STEP_NUM_TASKS)"),
      "\(finished.errors)")
  }

  /// One process of a batch script or of `salloc`'s shell, and a rank of mpirun's within a step.
  @Test func oneThatMayBeAlone() throws {
    let folder = try TemporaryFolder()
    let batch = ["SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_JOB_ID": "7"]
    let alone = try Program.run(["doctor"], in: folder.path, environment: batch)
    #expect(alone.status == 0, "\(alone.errors)")
    let within = try Program.run(
      ["doctor"], ranks: 1, in: folder.path, environment: ["SLURM_STEP_NUM_TASKS": "4"])
    #expect(within.status == 0, "\(within.errors)")
  }

  @Test func passesTheStatusOn() throws {
    let finished = try launch(["2", "train", "missing.yaml"], in: TemporaryFolder())
    #expect(finished.status == 66, "\(finished.errors)")
  }

  /// mpirun loses a signal that comes before it has started its ranks; a script that starts its own late stands
  /// in for it.
  @Test func asksForAStopWhenTheRanksCanHear() throws {
    let folder = try TemporaryFolder()
    let mpirun = try folder.write(
      "mpirun",
      """
      #!/bin/bash
      trap 'kill -USR1 $ranks 2>/dev/null' USR1
      echo started >&2
      sleep 1
      for _ in 1 2; do
        bash -c 'trap "exit 75" USR1; while sleep 0.05; do :; done' &
        ranks+=" $!"
      done
      while kill -0 $ranks 2>/dev/null; do wait $ranks; done
      wait $ranks
      """)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: mpirun)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let launched = try Program(
      command: ["\(Places.root)/launch/run", "2", "train", "run.yaml"], in: folder.path,
      environment: ["PATH": "\(folder.path):\(path)", "CSG_PROGRAM": Places.program])
    #expect(launched.waitForError(containing: "started"))
    launched.send(SIGUSR1)
    #expect(launched.finish().status == 75)
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
