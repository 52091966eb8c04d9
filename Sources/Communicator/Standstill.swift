import Core

/// What is known, and done, where a rank stands still.
extension Communicator {
  /// Lets ranks of one host see what each other is at, and ranks of several hosts ask each other. Collective; to be
  /// called once.
  package func meet() throws {
    guard size > 1 else { return }
    let mine = Array(Self.hostName.utf8)
    let hosts = try gather(mine)
    let addresses = try gather(recorder.address ?? [])
    let others = (0..<size).compactMap { rank -> (rank: Int, view: RecorderView)? in
      guard rank != self.rank, hosts[rank] == mine else { return nil }
      return RecorderView(address: addresses[rank]).map { (rank, $0) }
    }
    watchdog.know(
      ranks: size, others: others,
      rollCall: Set(hosts).count > 1
        ? try rollCall(hosts: hosts.map { $0 == mine ? nil : $0 }) : nil)
  }

  /// `hosts` has the name of each rank's host where it is another than this one's.
  private func rollCall(hosts: [[UInt8]?]) throws -> RollCall? {
    let job = try gather([UInt64.random(in: 1 ... .max)])[0][0]
    let rollCall = RollCall(job: job, rank: rank)
    let addresses = try gather(rollCall?.address ?? [])
    for (rank, host) in hosts.enumerated() {
      guard let host else { continue }
      rollCall?.know(
        rank, address: addresses[rank], host: String(decoding: host, as: UTF8.self))
    }
    return rollCall
  }

  /// The command that all ranks work at, and its network's layers: for words.
  package func name(command: String? = nil, layers: [String]? = nil) {
    watchdog.name { names in
      names.command = command ?? names.command
      names.layers = layers ?? names.layers
    }
  }

  /// Has reports of a standstill kept by `keep`, which is called on a thread of its own, from now on.
  package func keepStalls(_ keep: @escaping @Sendable (StallReport) -> Void) { watchdog.keep(keep) }

  /// Does work in which this rank comes further all the time: where it stands still for longer than the timeout,
  /// without waiting for others, the job ends, also one of a single rank.
  /// - Throws: what `work` throws, or `CSGError` where no thread can be started to watch over it.
  package func watched<Result>(_ work: () throws -> Result) throws -> Result {
    try watchdog.start()
    watchdog.watchItself(true)
    defer { watchdog.watchItself(false) }
    return try work()
  }
}
