import CHwloc
import Foundation

/// What a machine computes with, as hwloc finds it: hardware threads of cores in sockets, near a part of the memory.
/// All of the machine, whatever a process may use of it.
package struct Topology: Sendable, Codable, Equatable {
  /// A place where one thread runs.
  package struct HardwareThread: Sendable, Codable, Equatable {
    /// The system's number of it, as `taskset` takes it.
    package let number: Int
    /// What it is part of: core and socket counted over the machine from 0, the memory by the system's number.
    package let core: Int, socket: Int, memoryNode: Int

    package init(number: Int, core: Int, socket: Int, memoryNode: Int) {
      (self.number, self.core) = (number, core)
      (self.socket, self.memoryNode) = (socket, memoryNode)
    }
  }

  /// In order of sockets and cores.
  package let hardwareThreads: [HardwareThread]

  package init(_ hardwareThreads: [HardwareThread]) { self.hardwareThreads = hardwareThreads }

  /// This machine's; where hwloc does not find out, cores of one socket.
  package static let own =
    read()
    ?? Topology(
      (0..<ProcessInfo.processInfo.processorCount).map {
        HardwareThread(number: $0, core: $0, socket: 0, memoryNode: 0)
      })

  /// Hardware threads of these numbers; nil: all.
  package func hardwareThreads(of numbers: [Int]?) -> [HardwareThread] {
    guard let numbers else { return hardwareThreads }
    let wanted = Set(numbers)
    return hardwareThreads.filter { wanted.contains($0.number) }
  }

  /// Cores that hardware threads of these numbers are part of; nil: all.
  package func cores(of numbers: [Int]? = nil) -> Set<Int> {
    Set(hardwareThreads(of: numbers).map(\.core))
  }

  /// The hardware threads of a core for each of so many threads of a process that its launcher has bound to `numbers`
  /// and that has a thread for each core there. Nil for others: the system moves their threads to where there is
  /// room.
  package func places(threads: Int, boundTo numbers: [Int]) -> [[Int]]? {
    let mine = hardwareThreads(of: numbers)
    guard mine.count < hardwareThreads.count else { return nil }
    var places: [(core: Int, numbers: [Int])] = []
    for unit in mine {
      if places.last?.core != unit.core { places.append((unit.core, [])) }
      places[places.count - 1].numbers.append(unit.number)
    }
    return places.count == threads ? places.map(\.numbers) : nil
  }

  private static func read() -> Topology? {
    var handle: hwloc_topology_t?
    guard hwloc_topology_init(&handle) == 0, let handle else { return nil }
    defer { hwloc_topology_destroy(handle) }
    // Else it leaves out what a control group forbids, and runs on every hardware thread for a moment.
    let flags = [HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED, HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING]
    guard
      hwloc_topology_set_flags(
        handle, flags.reduce(0) { $0 | UInt(truncatingIfNeeded: $1.rawValue) })
        == 0, hwloc_topology_load(handle) == 0
    else { return nil }
    let count = hwloc_get_nbobjs_by_type(handle, HWLOC_OBJ_PU)
    guard count > 0 else { return nil }
    let found = (0..<UInt32(count)).compactMap { place -> HardwareThread? in
      guard let unit = hwloc_get_obj_by_type(handle, HWLOC_OBJ_PU, place) else { return nil }
      func number(_ type: hwloc_obj_type_t) -> Int? {
        hwloc_get_ancestor_obj_by_type(handle, type, unit).map { Int($0.pointee.logical_index) }
      }
      let node = unit.pointee.nodeset.map { hwloc_bitmap_first($0) } ?? 0
      return HardwareThread(
        number: Int(unit.pointee.os_index), core: number(HWLOC_OBJ_CORE) ?? Int(place),
        socket: number(HWLOC_OBJ_PACKAGE) ?? 0, memoryNode: max(0, Int(node)))
    }
    return found.count == Int(count) ? Topology(found) : nil
  }
}
