import Communicator
import Testing

/// What variables of launchers say. (Nothing here is collective.)
struct LauncherTests {
  private static let mpirun = ["OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_RANK": "3"]
  private static let batch = [
    "SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_NODEID": "0",
  ]
  private static let task = batch.merging(
    ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"]) { $1 }

  @Test(
    arguments: [
      // Open MPI's own, the sizes of both its launchers, and one rank of each.
      (mpirun, 8, true), (["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"], 1, true),
      (task.merging(["PMIX_RANK": "2"]) { $1 }, 4, true),
      // Nothing, a shell of salloc's, a batch script, and the steps that Slurm makes for such.
      ([:], 1, true), (["SLURM_JOB_ID": "7", "SLURM_NTASKS": "4"], 1, true), (batch, 1, true),
      (task.merging(["SLURM_STEP_ID": "4294967290", "SLURM_PROCID": "0"]) { $1 }, 1, true),
      (batch.merging(["SLURM_STEP_ID": "4294967291"]) { $1 }, 1, true),
      // A step of one task.
      (batch.merging(["SLURM_STEP_ID": "1", "SLURM_STEP_NUM_TASKS": "1"]) { $1 }, 1, true),
      // mpirun within a step: its daemons are the step's tasks, its ranks inherit their variables.
      (task.merging(mpirun) { $1 }, 8, true),
      (task.merging(["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"]) { $1 }, 1, true),
      // Tasks that are alone: of srun, with little handed on, of MPICH's launchers, of any PMIx.
      (task, 1, false), (["SLURM_PROCID": "1", "SLURM_NTASKS": "4"], 1, false),
      (["PMI_SIZE": "4", "PMI_RANK": "0"], 1, false), (["PMIX_RANK": "1"], 1, false),
      (["PMI_RANK": "3"], 1, false), (["MV2_COMM_WORLD_SIZE": "2"], 1, false),
      (task.merging(["PMIX_RANK": "2"]) { $1 }, 1, false), (mpirun, 1, false),
      // A step that fell into several jobs.
      (task.merging(["PMIX_RANK": "0"]) { $1 }, 2, false),
    ] as [([String: String], Int, Bool)])
  func whoMayBeAlone(_ environment: [String: String], _ size: Int, _ isRight: Bool) {
    let objection = Launcher(environment).objection(to: size)
    #expect((objection == nil) == isRight, "\(environment): \(objection ?? "none")")
  }

  @Test func theRankIsTheInnermostLaunchers() {
    #expect(Launcher([:]).rank == nil)
    #expect(Launcher(Self.batch).rank == nil)
    #expect(Launcher(Self.task).rank == 2)
    #expect(Launcher(Self.task.merging(Self.mpirun) { $1 }).rank == 3)
  }
}
