import Foundation
import TestSupport
import Testing

/// A system that grants no more threads (`ulimit -u`, `ulimit -v`, a cgroup's pids.max).
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct ThreadLimitTests {
  private static let library = Result { try PreloadedLibrary("threads") }

  /// Every command that computes or reads ahead, and which of its threads is refused first: a team's, one that
  /// reads ahead, or one of several.
  private static let commands: [(first: Int, arguments: String)] = [
    (1, "train run.yaml --output run --set compute.threads=2"),
    (2, "train run.yaml --output run --set compute.threads=2"),
    (3, "train run.yaml --output run --set compute.threads=8"),
    (1, "evaluate trained --data data"),
    (1, "analyze trained --data data --output analysis"),
    (1, "localize trained --data data --output looks"),
    (1, "attack trained --data data --output a.h5 --method fgsm --set compute.threads=2"),
    (
      1,
      "detect trained --data data --output detection --per-class 1 --test-per-class 1 "
        + "--set compute.threads=2"
    ),
    (1, "doctor --config run.yaml --set compute.threads=2"),
    (1, "plan run.yaml --set compute.threads=1 --seconds 0.01"),
    (1, "bench step --architecture resnet8 --batch 2 --threads 2 --seconds 0.01"),
    (1, "bench data --data data --seconds 0.01"),
    (1, "bench forest --samples 40 --filters 4 --trees 1 --threads 2 --seconds 0.01"),
  ]

  private func run(
    _ arguments: [String], from first: Int, of whose: String = "program", ranks: Int? = nil
  ) throws -> Finished {
    let folder = try FaultyCommand.folder()
    let limits = ["LD_PRELOAD=\(try Self.library.get().path)", "THREADS_AT=\(first)"]
    let launcher = ranks.map {
      ["mpirun", "--quiet", "--allow-run-as-root", "--oversubscribe", "-n", "\($0)"]
    }
    return try Program(
      command: (launcher ?? []) + ["timeout", "--signal=KILL", "60", "env"] + limits
        + ["THREADS_OF=\(whose)", "OPENBLAS_NUM_THREADS=8", Places.program] + arguments,
      in: folder.path
    ).finish()
  }

  @Test(arguments: commands) func aThreadThatIsRefusedEndsTheProgram(
    _ first: Int, _ arguments: String
  ) throws {
    let finished = try run(arguments.split(separator: " ").map(String.init), from: first)
    #expect(finished.status == 1, "\(finished.errors)")
    #expect(
      finished.lastErrorLine.contains("a thread cannot be started: ")
        && finished.lastErrorLine.contains("ulimit -u"), "\(finished.errors)")
  }

  /// There it is the first of all that is refused: the watchdog's, before MPI starts.
  @Test func aRankThatMayNotStartOneEndsTheJob() throws {
    let finished = try run(["evaluate", "trained", "--data", "data"], from: 1, ranks: 2)
    #expect(finished.status == 1, "\(finished.errors)")
    #expect(finished.errors.contains("a thread cannot be started: "), "\(finished.errors)")
  }

  /// OpenBLAS asks for its own as it is loaded, and ends the process where it gets none.
  @Test func noLibraryStartsOneUnasked() throws {
    let finished = try run(["--version"], from: 1, of: "all")
    #expect(finished.status == 0, "\(finished.errors)")
  }
}
