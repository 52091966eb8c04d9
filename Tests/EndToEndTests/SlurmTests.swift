import Foundation
import TestSupport
import Testing

/// `launch/slurm.sbatch` and `launch/sweep.sbatch` with scripts for Slurm; `Tests/Cluster/run` tries them on one.
@Suite struct SlurmTests {
  private let folder: TemporaryFolder

  /// Here srun trains until it is asked to end, and then has come to the run's end; all else dies of SIGUSR1.
  init() throws {
    folder = try TemporaryFolder()
    try folder.write("settings", "name=a seed=1\n")
    try folder.standIn(
      "scontrol",
      """
      if [[ $1 == show ]]; then echo ' JobState=RUNNING'; else echo "scontrol $*" >&2; fi
      """)
    try folder.standIn(
      "srun",
      """
      trap 'echo saved runs/a/checkpoints/step-000000012.h5 >&2; exit 0' USR1
      sleep 1
      [[ $* == *' train '* ]] || trap - USR1
      echo "step begins: $*" >&2
      [[ $* == *' train '* ]] || exec sleep 60
      while sleep 0.05; do :; done
      """)
  }

  /// What a job wrote that was sent SIGUSR1 once its step ran.
  private func asked(_ command: String, _ more: [String: String] = [:]) throws -> Finished {
    let job = [
      "SLURM_JOB_ID": "7", "SLURM_NTASKS": "2", "SLURM_JOB_NODELIST": "node1",
      "LAUNCH_PROJECT": Places.root,
    ].merging(more) { $1 }
    let submitted = try Program(
      command: ["bash"]
        + "\(Places.root)/launch/\(command)".split(separator: " ").map(String.init),
      in: folder.path, environment: folder.withStandIns(job))
    #expect(submitted.waitForError(containing: "step begins"))
    submitted.send(SIGUSR1)
    return submitted.finish()
  }

  /// A command that keeps nothing on its way.
  @Test(arguments: [("0", true), ("8", true), ("9", false)])
  func whatTheSignalEndsIsBegunAnew(_ restarts: String, _ isQueued: Bool) throws {
    let finished = try asked("slurm.sbatch analyze run", ["SLURM_RESTART_COUNT": restarts])
    #expect(finished.status == 138, "\(finished.errors)")
    #expect(finished.errors.contains("scontrol requeue 7") == isQueued, "\(finished.errors)")
  }

  /// Training comes to its end within the job's last seconds.
  @Test func anAnalysisWithoutTimeIsNotBegun() throws {
    let finished = try asked(
      "sweep.sbatch settings run.yaml data",
      ["SLURM_ARRAY_JOB_ID": "5", "SLURM_ARRAY_TASK_ID": "1"])
    #expect(finished.status == 75, "\(finished.errors)")
    #expect(finished.errors.contains("scontrol requeue 5_1"), "\(finished.errors)")
    #expect(!finished.errors.contains(" analyze "), "\(finished.errors)")
  }
}
