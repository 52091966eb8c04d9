/// What connects a host to the others: one line, that its ranks share, as fast in either direction.
package struct HostLink: Sendable, Equatable {
  /// Bytes a second that leave a host, or reach it; may be infinite.
  package let bytesPerSecond: Double
  /// Seconds from when the last byte of a message has left until it is there.
  package let latencySeconds: Double

  /// A link of such a rate and latency.
  package init(bytesPerSecond: Double, latencySeconds: Double) {
    precondition(bytesPerSecond > 0 && latencySeconds >= 0, "a link that moves bytes")
    self.bytesPerSecond = bytesPerSecond
    self.latencySeconds = latencySeconds
  }

  /// The same in the units in which links are sold: 10⁹ bits a second, and 10⁻⁶ s.
  package init(gigabitsPerSecond: Double, latencyMicroseconds: Double) {
    self.init(
      bytesPerSecond: gigabitsPerSecond * 1e9 / 8, latencySeconds: latencyMicroseconds / 1e6)
  }

  /// From `GBIT,MICROSECONDS`: `10,50`. Nil where that are no two numbers, or none that a link could have.
  package init?(_ text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0) ?? .nan
    }
    guard parts.count == 2, parts[0] >= 1e-3, parts[0] <= 1e6, parts[1] >= 0, parts[1] <= 1e7 else {
      return nil
    }
    self.init(gigabitsPerSecond: parts[0], latencyMicroseconds: parts[1])
  }

  /// The two numbers that it was made from.
  package var gigabitsPerSecond: Double { bytesPerSecond * 8 / 1e9 }
  package var latencyMicroseconds: Double { latencySeconds * 1e6 }
}

/// How many ranks there are, and how hosts share them: full hosts first, in the order of the ranks.
package struct HostShape: Sendable, Equatable {
  /// P, and the ranks of a full host.
  package let ranks: Int, ranksPerHost: Int

  /// So many ranks, `ranksPerHost` on each host but the last.
  package init(ranks: Int, ranksPerHost: Int) {
    precondition(ranks > 0 && ranksPerHost > 0, "a job has ranks")
    self.ranks = ranks
    self.ranksPerHost = min(ranksPerHost, ranks)
  }

  /// Hosts; the last one may have fewer ranks.
  package var hosts: Int { (ranks + ranksPerHost - 1) / ranksPerHost }

  /// The ranks of a host.
  package func ranks(ofHost host: Int) -> Range<Int> {
    host * ranksPerHost..<min((host + 1) * ranksPerHost, ranks)
  }
}
