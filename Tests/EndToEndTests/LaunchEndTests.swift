import Foundation
import TestSupport
import Testing

/// How `launch/run` and `launch/hosts` end with a job, for which a script stands in.
@Suite struct LaunchEndTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("here", "localhost slots=1\n")
  }

  private func start(_ command: String, _ more: [String: String] = [:]) throws -> Program {
    try Program(
      command: "\(Places.root)/launch/\(command)".split(separator: " ").map(String.init),
      in: folder.path, environment: folder.withStandIns(more))
  }

  /// The job ends while the launcher is busy with Ctrl-C, and before it could hand SIGTERM on.
  @Test(arguments: ["run 2 doctor", "hosts here doctor"])
  func signalsAsTheJobEndsHideNoStatus(_ command: String) throws {
    try folder.standIn(
      "mpirun",
      """
      [[ $1 != --version ]] || exit 0
      trap 'echo ended >&2; exit 5' INT
      echo started >&2
      while sleep 0.05; do :; done
      """)
    let launched = try start(command)
    #expect(launched.waitForError(containing: "started"))
    Thread.sleep(forTimeInterval: 0.5)  // until the launcher waits
    launched.send(SIGINT)
    #expect(launched.waitForError(containing: "ended"))
    launched.send(SIGTERM)
    let finished = launched.finish()
    #expect(finished.status == 5, "\(finished.errors)")
  }

  /// One that neither mpirun's end nor a signal to its group has ended keeps stderr open for two minutes.
  @Test func aRankThatOutlivesMPIRunIsNotWaitedFor() throws {
    try folder.standIn(
      "mpirun",
      """
      [[ $1 != --version ]] || exit 0
      (
        # All but stderr: whoever starts a program here knows of its end by what nobody holds open any more.
        for file in /proc/$BASHPID/fd/*; do ((${file##*/} == 2)) || eval "exec ${file##*/}>&-"; done
        echo $BASHPID >sleeper
        exec setsid sleep 120
      ) &
      until [[ -s sleeper ]]; do sleep 0.05; done
      kill -KILL $$
      """)
    let finished = try start("hosts here doctor", ["LAUNCH_PATIENCE": "1"]).finish()
    #expect(finished.status == 137, "\(finished.errors)")
    let sleeper = try #require(
      Int32(
        String(contentsOfFile: folder("sleeper"), encoding: .utf8)
          .trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(kill(sleeper, SIGKILL) == 0, "it was there still")
  }

  /// As on a file system that does not answer.
  @Test func thisHostMustAnswerToo() throws {
    let program = try folder.standIn("csg-dist", "[[ $1 == --version ]] || exec sleep 60")
    let finished = try start(
      "hosts here train run.yaml", ["CSG_PROGRAM": program, "LAUNCH_TIMEOUT": "1"]
    ).finish()
    #expect(finished.status == 69, "\(finished.errors)")
    #expect(finished.errors.contains("localhost: cannot be reached: no answer in 1 s"))
  }
}
