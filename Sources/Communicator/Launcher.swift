import Foundation

/// What the environment tells of the launcher that started this process: Open MPI's mpirun, srun, or another
/// MPI's.
///
/// Variables are inherited, so the innermost launcher's count: mpirun starts its daemons on other hosts by
/// srun, and their ranks see both. Of Slurm's variables most say what was *allocated*: in the shell of `salloc`
/// and in a batch script `SLURM_NTASKS` may be 4 while one process runs, and a batch script has
/// `SLURM_PROCID=0` too. What only a task of a step has is `SLURM_STEP_NUM_TASKS`, which srun sets
/// (`env_array_for_step` in Slurm's src/common/env.c); where it is missing (a container that hands on a
/// part), a `SLURM_PROCID` above 0. The steps that Slurm itself makes for batch scripts and interactive shells
/// have numbers from 4294967280 on, and one process.
package struct Launcher: Sendable {
  /// This process among those that the launcher started; nil without a launcher.
  package let rank: Int?
  /// How many it started, and the variable that says so; nil where none does.
  package let promised: (size: Int, variable: String)?
  /// Whether the launcher is one whose processes Open MPI can join to a job.
  package let joinsRanks: Bool

  /// What `environment` tells.
  package init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    func first(_ names: [String]) -> (size: Int, variable: String)? {
      names.lazy.compactMap { name in number(name).map { ($0, name) } }.first
    }
    joinsRanks = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"].contains {
      environment[$0] != nil
    }
    let isSlurmsOwnStep = (number("SLURM_STEP_ID") ?? 0) >= Self.firstStepOfSlurms
    let slurmRank = isSlurmsOwnStep ? nil : number("SLURM_PROCID")
    let step = isSlurmsOwnStep ? nil : first(["SLURM_STEP_NUM_TASKS"])
    promised =
      first(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"]) ?? step
      ?? (slurmRank ?? 0 > 0 ? first(["SLURM_NTASKS"]) : nil)
    rank =
      first(["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK"])?.size
      ?? (promised == nil ? nil : slurmRank)
  }

  private static let firstStepOfSlurms = 4_294_967_280

  /// Why a job of `size` ranks cannot be what the launcher was asked for; nil where it can.
  package func objection(to size: Int) -> String? {
    if let promised, promised.size > size {
      return "the launcher started \(promised.size) processes (\(promised.variable)), but MPI sees "
        + (size == 1 ? "one alone" : "\(size) of them")
    }
    guard let rank, rank >= size else { return nil }
    return "the launcher started this process as rank \(rank), but MPI sees "
      + (size == 1 ? "one process alone" : "\(size) processes")
  }
}
