import Core
import TestSupport
import Testing

/// Limits of a machine of 64 GiB and 16 cores whose control groups lie in a folder.
struct MachineLimitsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func limits(bound: Int = 16, addressSpace: Int? = nil) -> MachineLimits {
    MachineLimits(
      root: folder.path, machineMemoryBytes: 64 << 30, addressSpaceBytes: addressSpace,
      boundCores: bound, machineCores: 16)
  }

  @Test func withoutGroupsTheMachineIsTheLimit() {
    let limits = limits()
    #expect(limits.memory.amount == 64 << 30 && limits.memory.source == "RAM")
    #expect(limits.quota == nil && limits.threads(ranks: 4, sharing: 4) == 4)
    #expect(limits.text == "memory 65536 MiB (RAM), cores 16 (machine)")
  }

  /// Version 2: a group is held to what those above it have, too.
  @Test func theLeastOfAGroupAndThoseAbove() throws {
    try folder.write("proc/self/cgroup", "0::/job/step/task\n")
    try folder.write("sys/fs/cgroup/job/memory.max", "8589934592\n")
    try folder.write("sys/fs/cgroup/job/step/memory.max", "9589934592\n")
    try folder.write("sys/fs/cgroup/job/step/task/memory.max", "max\n")
    try folder.write("sys/fs/cgroup/job/cpu.max", "max 100000\n")
    try folder.write("sys/fs/cgroup/job/step/cpu.max", "350000 100000\n")
    let limits = limits()
    #expect(limits.memory.amount == 8 << 30)
    #expect(limits.memory.source == "/sys/fs/cgroup/job/memory.max")
    #expect(limits.quota == 3.5 && limits.quotaSource == "/sys/fs/cgroup/job/step/cpu.max")
    #expect([1, 2, 3, 4, 8].map { limits.threads(ranks: $0, sharing: $0) } == [3, 1, 1, 1, 1])
    #expect(
      limits.text == "memory 8192 MiB (/sys/fs/cgroup/job/memory.max), "
        + "cores 3.50 (/sys/fs/cgroup/job/step/cpu.max)")
  }

  /// Version 1 has a path for each controller, and a number for no limit.
  @Test func controllersOfVersionOne() throws {
    try folder.write(
      "proc/self/cgroup", "4:memory:/a\n2:cpu,cpuacct:/b\n1:name=systemd:/c\n0::/\n")
    try folder.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    try folder.write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "4294967296\n")
    try folder.write("sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_quota_us", "200000\n")
    try folder.write("sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_period_us", "50000\n")
    try folder.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
    try folder.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
    let limits = limits()
    #expect(limits.memory.amount == 4 << 30)
    #expect(limits.memory.source == "/sys/fs/cgroup/memory/a/memory.limit_in_bytes")
    #expect(limits.quota == 4 && limits.threads(ranks: 2, sharing: 2) == 2)
  }

  /// A container is told the host's path of its group, and shown that group as the root.
  @Test func aContainersGroupIsItsRoot() throws {
    try folder.write("proc/self/cgroup", "0::/kubepods/pod1\n")
    try folder.write("sys/fs/cgroup/memory.max", "1073741824\n")
    try folder.write("sys/fs/cgroup/cpu.max", "50000 100000\n")
    let limits = limits()
    #expect(limits.memory.amount == 1 << 30)
    #expect(limits.quota == 0.5 && limits.threads(ranks: 1, sharing: 1) == 1)
  }

  /// More than the machine has is no limit, nor is what cannot be understood.
  @Test func whatLimitsNothing() throws {
    try folder.write("proc/self/cgroup", "0::/\nnonsense\n7:memory\n")
    try folder.write("sys/fs/cgroup/memory.max", "99999999999999\n")
    try folder.write("sys/fs/cgroup/cpu.max", "none at all\n")
    #expect(limits().memory.source == "RAM" && limits().quota == nil)
    try folder.write("sys/fs/cgroup/cpu.max", "6400000 100000\n")
    #expect(limits().threads(ranks: 1, sharing: 1) == 16)
  }

  @Test func aProcessesOwnLimitsAreNamed() {
    let limits = limits(bound: 3, addressSpace: 2 << 30)
    #expect(limits.threads(ranks: 4, sharing: 1) == 3, "no other may run there")
    #expect(limits.threads(ranks: 4, sharing: 2) == 1)
    #expect(limits.addressSpaceTaken > 1 << 20)
    #expect(
      limits.text
        == "memory 65536 MiB (RAM), 2048 MiB a process (ulimit -v), cores 3 (affinity)")
  }
}
