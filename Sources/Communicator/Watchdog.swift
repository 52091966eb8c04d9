import Core
import Foundation

/// Ends a job that hangs: MPI notices a rank that dies, but not one that stands still.
///
/// A thread wakes four times a second and looks whether this rank has come further: in a wait for other ranks, or,
/// where it is to be watched itself, in anything. It counts the time between wake-ups, but no more than two wake-ups'
/// worth, so that it stands still while the whole job is suspended. It makes no MPI call: the process exits, and
/// the launcher ends the other ranks.
///
/// It watches from before MPI starts; its limit is `Patience`'s until a command sets its own.
final class Watchdog: Sendable {
  private struct State {
    var limitSeconds: Int
    /// What sets the limit.
    var limitName = Patience.variable
    var isStarted = false
    /// Whether this rank is to come further all the time, not only where others wait.
    var watchesItself = false
    var ranks = 1
    /// The other ranks of this host.
    var others: [(rank: Int, view: RecorderView)] = []
    /// Those of other hosts.
    var rollCall: RollCall?
    var names = SpanNames()
    /// Keeps a report.
    var keep: (@Sendable (StallReport) -> Void)?
    var isKept = false
  }
  private let state: Locked<State>
  private let rank: Int
  private let recorder: Recorder

  private static let periodNanoseconds: UInt64 = 250_000_000
  /// What a rank that has told waits before it ends the job: others are to tell too, and disks may be slow.
  private static let leastGraceSeconds = 1.0, mostGraceSeconds = 3.0

  init(rank: Int, limitSeconds: Int, recorder: Recorder) {
    self.rank = rank
    self.recorder = recorder
    state = Locked(State(limitSeconds: limitSeconds))
  }

  func setLimit(seconds: Int, named name: String) {
    state.withLock { ($0.limitSeconds, $0.limitName) = (seconds, name) }
  }

  func know(ranks: Int, others: [(rank: Int, view: RecorderView)], rollCall: RollCall?) {
    state.withLock { ($0.ranks, $0.others, $0.rollCall) = (ranks, others, rollCall) }
  }

  func name(_ change: (inout SpanNames) -> Void) { state.withLock { change(&$0.names) } }

  func keep(_ keep: @escaping @Sendable (StallReport) -> Void) {
    state.withLock { $0.keep = keep }
  }

  /// Says whether this rank is to come further all the time from now on.
  func watchItself(_ isWatched: Bool) { state.withLock { $0.watchesItself = isWatched } }

  /// Starts to watch, once.
  /// - Throws: `CSGError` where there is no thread to be had for it.
  func start() throws {
    let isFirst = state.withLock { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard isFirst else { return }
    try BackgroundThread.start("watchdog") { [weak self] in
      var patience = WatchedTracks()
      while let self {
        self.look(&patience)
        if let rollCall = self.state.withLock({ $0.rollCall }) {
          rollCall.await(milliseconds: Int(Self.periodNanoseconds / 1_000_000))
        } else {
          Thread.sleep(forTimeInterval: Double(Self.periodNanoseconds) / 1e9)
        }
      }
    }
  }

  private func look(_ tracks: inout WatchedTracks) {
    let (limit, watchesItself) = state.withLock { ($0.limitSeconds, $0.watchesItself) }
    tracks.look(recorder.view, most: 2 * Self.periodNanoseconds)
    let late = UInt64(limit) * 1_000_000_000
    if tracks.waited > late {
      tell(waited: true)
    } else if watchesItself, tracks.stood > late {
      tell(waited: false)
    } else {
      keepWhereAnotherHasTold()
    }
  }

  /// What this rank answers to others.
  private func answer(_ state: State) -> RollCall.Answer {
    let standing = Standing(recorder.view, names: state.names)
    return RollCall.Answer(isWaiting: standing.call != nil, words: standing.description)
  }

  // MARK: What is told

  private func tell(waited: Bool) -> Never {
    recorder.raiseAlarm()
    let state = state.withLock { $0 }
    let standing = Standing(recorder.view, names: state.names)
    let missing = missing(state, standing)
    let limit = "\(state.limitSeconds) s"
    let line: String
    if waited {
      line =
        "waited more than \(limit) in \(standing.callWords ?? "a call") at \(standing): "
        + whoHangs(state, missing)
        + ", or needs longer (\(state.limitName)); look for it by its host's load, then run again, "
        + "a training run with --resume auto"
    } else {
      line =
        "has stood still for more than \(limit) at \(standing) (\(state.limitName)); look at the disks "
        + "and the load of \(HostName.current ?? "its host"), then go on with --resume auto"
    }
    FileHandle.standardError.write(Data("csg-dist: error: rank \(rank) \(line)\n".utf8))
    let began = SpanClock.now
    keepReports(state, standing, missing)
    while true {
      let seconds = Double(SpanClock.now - began) / 1e9
      let isKept = self.state.withLock { $0.isKept }
      let others = state.ranks > 1 && seconds < Self.leastGraceSeconds
      state.rollCall?.answer(answer(state))
      if seconds >= Self.mostGraceSeconds || isKept && !others { break }
      Thread.sleep(forTimeInterval: 0.02)
    }
    _exit(ExitCode.failure.rawValue)
  }

  /// The ranks that others wait for, and where they are: of this host `missing` ones that wait for nobody, or else
  /// those of other hosts that do not answer, or answer so; or else whoever is behind.
  private func whoHangs(_ state: State, _ missing: [(rank: Int, view: RecorderView)]) -> String {
    var places = missing.map { rank, view in
      (
        rank,
        "\(view.isStopped ? "stopped by a signal " : "")at \(Standing(view, names: state.names))"
      )
    }
    if let rollCall = state.rollCall, missing.allSatisfy({ Self.waits($0.view) }) {
      let answers = rollCall.ask(meanwhile: answer(state))
      if answers.isEmpty && rollCall.others.count > 1 {
        return "another rank hangs: none of another host answers"
      }
      let away = rollCall.others.compactMap { other -> (Int, String)? in
        guard let answer = answers[other.rank] else {
          return (other.rank, "no answer from \(other.host)")
        }
        return answer.isWaiting ? nil : (other.rank, "at \(answer.words) on \(other.host)")
      }
      if !away.isEmpty { places = away }
    }
    if places.isEmpty { return "another rank hangs" }
    let ranks = places.map { "rank \($0.0)" }.joined(separator: " and ")
    let words = places.map(\.1).joined(separator: "; ")
    return "\(ranks) \(places.count > 1 ? "hang" : "hangs") (\(words))"
  }

  /// What another rank has found is kept by this one too, which soon has no time for it.
  private func keepWhereAnotherHasTold() {
    let state = state.withLock { $0 }
    let wasAsked = state.rollCall?.answer(answer(state)) ?? false
    let alarms = state.others.compactMap(\.view.alarm) + (wasAsked ? [SpanClock.now] : [])
    guard !state.isKept, let first = alarms.min() else { return }
    // One that was stopped then, and is woken to be ended, stands where it did no longer.
    guard Double(SpanClock.now - first) / 1e9 < Self.leastGraceSeconds else { return }
    let standing = Standing(recorder.view, names: state.names)
    keepReports(state, standing, missing(state, standing))
  }

  private static func waits(_ view: RecorderView) -> Bool { view.call != nil && !view.isStopped }

  /// The ranks of this host that those in `standing`'s call wait for: such as are in no call, are stopped, or are
  /// behind.
  private func missing(_ state: State, _ standing: Standing) -> [(rank: Int, view: RecorderView)] {
    guard standing.call != nil else { return [] }
    let idle = state.others.filter { !Self.waits($0.view) }
    guard idle.isEmpty else { return idle }
    return state.others.filter { other in
      let theirs = Standing(other.view, names: state.names)
      return (theirs.step, theirs.bucket ?? 0) < (standing.step, standing.bucket ?? 0)
    }
  }

  /// Writes down this rank's spans, and, where no rank of this host before it does so, those of ranks that are
  /// stopped: on a thread of its own, since a disk may be what hangs.
  private func keepReports(
    _ state: State, _ standing: Standing, _ missing: [(rank: Int, view: RecorderView)]
  ) {
    guard let keep = state.keep, !state.isKept else {
      self.state.withLock { $0.isKept = true }
      return
    }
    let others = missing.map { other in
      let theirs = Standing(other.view, names: state.names)
      return StallReport.Wait.Other(
        rank: other.rank, step: theirs.step, at: StallReport.Place(theirs),
        lastProgress: theirs.lastEvent)
    }
    // One that was stopped in a call does not wait for itself.
    func report(_ rank: Int, _ view: RecorderView) -> StallReport {
      StallReport(
        view, rank: rank, writtenBy: self.rank, ranks: state.ranks,
        timeoutSeconds: state.limitSeconds, names: state.names,
        missing: others.filter { $0.rank != rank })
    }
    let isFirst = !state.others.contains { $0.rank < rank && !$0.view.isStopped }
    let stopped = isFirst ? missing.filter { $0.view.isStopped } : []
    let reports = [report(rank, recorder.view)] + stopped.map { report($0.rank, $0.view) }
    do {
      try BackgroundThread.start("stall report") { [self] in
        reports.forEach(keep)
        self.state.withLock { $0.isKept = true }
      }
    } catch { self.state.withLock { $0.isKept = true } }  // the line has told the most
  }
}
