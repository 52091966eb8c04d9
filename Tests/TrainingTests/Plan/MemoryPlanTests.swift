import Core
import TestSupport
import Testing
import Training

struct MemoryPlanTests {
  private let plan = MemoryPlan(
    buffers: 600 << 20, batches: 100 << 20, checkpoint: 200 << 20, program: 100 << 20)

  private func limits(memory: Int, addressSpace: Int? = nil) throws -> MachineLimits {
    let folder = try TemporaryFolder()
    try folder.write("proc/self/cgroup", "0::/\n")
    try folder.write("sys/fs/cgroup/memory.max", "\(memory << 20)\n")
    return MachineLimits(
      root: folder.path, machineMemoryBytes: 64 << 30, addressSpaceBytes: addressSpace)
  }

  /// 1000 MiB a rank.
  @Test func theRanksOfAHostShareItsGroup() throws {
    #expect(try plan.objection(limits(memory: 3000), ranks: 3) == nil)
    #expect(
      try plan.objection(limits(memory: 2999), ranks: 3)
        == "the ranks of this host need 3000 MiB of its 2999 MiB (/sys/fs/cgroup/memory.max)")
  }

  /// Buffers and program are mapped by then; what comes is batches and a checkpoint.
  @Test func addressSpaceIsAProcesssOwn() throws {
    let taken = try limits(memory: 3000).addressSpaceTaken
    let roomy = try limits(memory: 3000, addressSpace: taken + 400 << 20)
    #expect(plan.objection(roomy, ranks: 3) == nil)
    let tight = try limits(memory: 3000, addressSpace: taken + 200 << 20)
    #expect(try #require(plan.objection(tight, ranks: 3)).hasSuffix("(ulimit -v)"))
  }
}
