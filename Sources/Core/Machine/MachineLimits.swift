import Foundation

/// What this process may use of its machine: the least of what the machine has, what the control groups grant
/// and what the process's own limits leave.
package struct MachineLimits: Sendable, Codable {
  /// An amount, and what sets it.
  package struct Bound: Sendable, Codable {
    package let amount: Int
    package let source: String
  }

  /// Bytes for all processes of this host together: its memory, or a control group's.
  package let memory: Bound
  /// Bytes of address space for this process alone (`ulimit -v`), and how many of them it has taken; nil
  /// where there is no such limit.
  package let addressSpace: Bound?
  package let addressSpaceTaken: Int
  /// Cores that this process may run on, and those of the host; hardware threads of one core count once.
  package let boundCores: Int, machineCores: Int
  /// Cores' worth of time that a control group grants all processes of this host together; nil where none
  /// limits it.
  package let quota: Double?
  /// The file that says so.
  package let quotaSource: String?

  /// Asks the machine; what control groups say is read below the folder `root`.
  package init(
    root: String = "", machineMemoryBytes: Int? = nil, addressSpaceBytes: Int? = nil,
    boundCores: Int? = nil, machineCores: Int? = nil
  ) {
    let machine = ProcessInfo.processInfo
    let groups = ControlGroups(root: root)
    let all = Bound(
      amount: machineMemoryBytes ?? Int(clamping: machine.physicalMemory), source: "RAM")
    memory =
      groups.memoryBytes.flatMap {
        $0.number < all.amount ? Bound(amount: $0.number, source: $0.file) : nil
      } ?? all
    addressSpace = (addressSpaceBytes ?? Self.addressSpaceLimit).map {
      Bound(amount: $0, source: "ulimit -v")
    }
    addressSpaceTaken = Self.addressSpaceTaken
    self.machineCores = machineCores ?? Topology.own.cores().count
    self.boundCores = boundCores ?? max(1, Topology.own.cores(of: Affinity.own).count)
    quota = groups.cores?.number
    quotaSource = groups.cores?.file
  }

  /// Threads that this process can keep busy: its cores by the `sharing` processes that may run on some of them, it
  /// included; but no more than an equal part, over the `ranks` processes of this host, of what a control group
  /// grants, since who is over it stands still, spinning or not.
  package func threads(ranks: Int, sharing: Int) -> Int {
    let share = max(1, boundCores / sharing)
    return quota.map { max(1, min(share, Int(min($0, Double(machineCores))) / ranks)) } ?? share
  }

  /// The limits that hold, in words.
  package var text: String {
    let room = addressSpace.map { ", \(NumberText.mebibytes($0.amount)) a process (\($0.source))" }
    let cores =
      if let quota, let quotaSource, quota < Double(boundCores) {
        "\(NumberText.fixed(quota, 2)) (\(quotaSource))"
      } else {
        "\(boundCores) (\(boundCores < machineCores ? "affinity" : "machine"))"
      }
    return "memory \(NumberText.mebibytes(memory.amount)) (\(memory.source))\(room ?? ""), "
      + "cores \(cores)"
  }

  private static var addressSpaceLimit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur <= rlim_t(Int.max)  // else there is none
    else { return nil }
    return Int(clamping: limit.rlim_cur)
  }

  private static var addressSpaceTaken: Int {
    guard let bytes = try? FileSystem.contents(of: "/proc/self/statm") else { return 0 }
    let pages = String(decoding: bytes, as: UTF8.self).split(separator: " ").first.flatMap {
      Int($0)
    }
    return (pages ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }
}
