import CMPI
import Core

/// What goes between rank 0 and one other rank.
extension Communicator {
  /// Round trips of which the shortest tells how two clocks stand.
  private static let roundTrips = 64

  /// How each rank's clock stands to rank 0's, on rank 0; elsewhere nothing. Ranks that run under one kernel
  /// share its clock, others exchange 64 messages with rank 0, one rank after the other; with `always` all do. Collective.
  package func readClocks(always: Bool = false) throws -> [ClockReading] {
    let kernels = try gather(Self.kernel)
    let isShared = kernels.map { !always && !$0.isEmpty && $0 == kernels[0] }
    guard isRoot else {
      if !isShared[rank] { try answerPings() }
      return []
    }
    return try (0..<size).map { rank in
      rank == 0 || isShared[rank]
        ? ClockReading(time: SpanClock.now, ahead: 0, roundTrip: 0) : try ping(rank)
    }
  }

  /// What the kernel that this rank runs under is called since it was started; empty where that cannot be read.
  private static var kernel: [UInt8] {
    let path = "/proc/sys/kernel/random/boot_id"
    return ((try? FileSystem.contents(of: path, allowingPipes: true)) ?? nil) ?? []
  }

  private func ping(_ rank: Int) throws -> ClockReading {
    var best: ClockReading?
    for _ in 0..<Self.roundTrips {
      let left = SpanClock.now
      try send([left], to: rank)
      let time: [UInt64] = try receive(1, from: rank)
      let reading = ClockReading(left: left, time: time[0], back: SpanClock.now)
      if reading.roundTrip < best?.roundTrip ?? .max { best = reading }
    }
    guard let best else { preconditionFailure("at least one round trip is made") }
    return best
  }

  private func answerPings() throws {
    for _ in 0..<Self.roundTrips {
      let _: [UInt64] = try receive(1, from: 0)
      try send([SpanClock.now], to: 0)
    }
  }

  /// Sends values to another rank, which receives as many; of these two alone.
  package func send<Value: BitwiseCopyable>(_ values: [Value], to rank: Int) throws {
    try values.withUnsafeBytes { bytes in
      try collective(.send) {
        cmpi_send(bytes.baseAddress, Int64(bytes.count), Int32(rank))
      }
    }
  }

  /// What another rank sends: `count` values.
  package func receive<Value: BitwiseCopyable>(_ count: Int, from rank: Int) throws -> [Value] {
    try [Value](unsafeUninitializedCapacity: count) { values, filled in
      let bytes = Int64(count * MemoryLayout<Value>.stride)
      try collective(.receive) { cmpi_receive(values.baseAddress, bytes, Int32(rank)) }
      filled = count
    }
  }
}
