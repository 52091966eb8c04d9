import Communicator

/// What the cores of a host take for moving and adding, each while all of them do.
package struct HostCost: Sendable, Equatable {
  /// Bytes that a core reads or writes in a second; may be infinite.
  package let memoryBytesPerSecond: Double
  /// What a message costs the rank that sends it, beside its bytes.
  package let messageSeconds: Double

  /// Such a host.
  package init(memoryBytesPerSecond: Double, messageSeconds: Double) {
    precondition(memoryBytesPerSecond > 0 && messageSeconds >= 0, "a host that moves bytes")
    self.memoryBytesPerSecond = memoryBytesPerSecond
    self.messageSeconds = messageSeconds
  }

  /// Bytes that a rank reads and writes in a phase: a message within the host is copied into shared memory and out
  /// of it, an addition reads two numbers and writes one.
  package static func touchedBytes(_ phase: SumPhase) -> Int {
    4 * phase.hostBytes + 3 * phase.addedBytes + phase.touchedBytes
  }

  /// Seconds of a rank's core in a phase.
  package func seconds(_ phase: SumPhase) -> Double {
    Double(Self.touchedBytes(phase)) / memoryBytesPerSecond
      + Double(phase.messages) * messageSeconds
  }
}

extension HostCost {
  /// A sum of one slot a rank over the ranks of one host, as it was measured.
  package struct Sample: Sendable {
    let touchedBytes: Double, messages: Double, seconds: Double

    /// `floats` in buckets of `bucket`, which took so long.
    package init(floats: Int, ranks: Int, bucket: Int, seconds: Double) {
      let traffic = FlatTraffic(
        replicas: ranks, shape: HostShape(ranks: ranks, ranksPerHost: ranks))
      let phases = stride(from: 0, to: floats, by: bucket).flatMap {
        traffic.phases(floats: min(bucket, floats - $0))
      }
      touchedBytes = phases.reduce(0) { $0 + Double(HostCost.touchedBytes($1)) }
      messages = phases.reduce(0) { $0 + Double($1.messages) }
      self.seconds = seconds
    }
  }

  /// The rate and the cost of a message that make both samples; by the longest alone where no two such do.
  package init(shortest: Sample, longest: Sample) {
    let (a, b) = (longest, shortest)
    let determinant = a.touchedBytes * b.messages - b.touchedBytes * a.messages
    let message = (a.touchedBytes * b.seconds - b.touchedBytes * a.seconds) / determinant
    let byte = (a.seconds * b.messages - b.seconds * a.messages) / determinant
    if determinant > 0, message >= 0, byte > 0 {
      self.init(memoryBytesPerSecond: 1 / byte, messageSeconds: message)
    } else {
      self.init(memoryBytesPerSecond: a.touchedBytes / a.seconds, messageSeconds: 0)
    }
  }
}

/// The time of the sum of a vector that goes in buckets, a few of which are on their way at a time.
package struct SumCost: Sendable {
  private static let depth = OrderedAllReduce.depth
  private let link: HostLink
  private let phases: [[SumPhase]]
  /// Seconds of a rank's core, which does that or computes; what is on the link goes on meanwhile.
  package let coreSeconds: Double
  /// Of those, the last bucket's, when the link has nothing left to do.
  package let lastCoreSeconds: Double

  /// The sum of buckets whose phases are these.
  package init(_ phases: [[SumPhase]], link: HostLink, host: HostCost) {
    self.phases = phases
    self.link = link
    func seconds(_ phases: some Sequence<SumPhase>) -> Double {
      phases.reduce(0) { $0 + host.seconds($1) }
    }
    coreSeconds = seconds(phases.joined())
    lastCoreSeconds = seconds(phases.last ?? [])
  }

  /// A longer message is asked for and granted before it leaves: Open MPI's `btl_tcp_eager_limit`.
  package static let eagerBytes = 64 << 10

  /// Seconds in which the link is taken.
  package var linkSeconds: Double {
    phases.joined().reduce(0) { $0 + Double($1.linkBytes) / link.bytesPerSecond }
  }

  /// When the last bucket has come over the link, of which bucket i may leave at `ready[i]`, which rises.
  ///
  /// The link does one phase at a time, first come, first served. A phase that crosses it is over a latency after
  /// its last byte has left; the link is free before. A long message begins two latencies late: it is asked for, and
  /// granted. One that stays within hosts takes no time here.
  package func landing(ready: [Double]) -> Double {
    precondition(ready.count == phases.count, "each bucket has its time")
    var flights: [(due: Double, bucket: Int, phase: Int)] = []
    var ended = [Double?](repeating: nil, count: phases.count)
    var free = 0.0
    var landed = 0.0
    // Buckets in order: 0..<summed have landed, ..<started are on their way.
    var summed = 0
    var started = 0
    while summed < phases.count {
      while started < phases.count, started - summed < Self.depth {
        flights.append((max(ready[started], landed), started, 0))
        started += 1
      }
      let first = flights.indices.min {
        (flights[$0].due, flights[$0].bucket) < (flights[$1].due, flights[$1].bucket)
      }
      guard let first else { preconditionFailure("what has not landed is on its way") }
      var flight = flights.remove(at: first)
      guard flight.phase < phases[flight.bucket].count else {
        ended[flight.bucket] = flight.due
        while summed < phases.count, let end = ended[summed] {
          landed = max(landed, end)
          summed += 1
        }
        continue
      }
      let bytes = phases[flight.bucket][flight.phase].linkBytes
      if bytes > 0 {
        if phases[flight.bucket][flight.phase].longestBytes > Self.eagerBytes {
          flight.due += 2 * link.latencySeconds
        }
        free = max(flight.due, free) + Double(bytes) / link.bytesPerSecond
        flight.due = free + link.latencySeconds
      }
      flight.phase += 1
      flights.append(flight)
    }
    return landed
  }
}
