/// What a thread of a rank can be at. Its depth says what it is part of: a call is made in a part (a layer, a
/// bucket) of a stage of a phase.
///
/// Raw values are what ranks of one host read in each other's memory: a fourth of a byte for each depth.
package enum Activity: UInt8, Sendable, CaseIterable {
  // Phases.
  case start = 1, work, step, epochEnd, checkpoint, attackBlock, adaptiveSample, forestRepeat,
    featureBlock, rollback, trace
  // Stages; the first six are those of a training step.
  case dataWait = 64, load, forward, backward, allReduce, update, evaluation, batch, settle, copy,
    write
  // Parts: a layer from the image on; a bucket of the all-reduce.
  case layer = 128, bucket
  // Calls that wait for other ranks.
  case initialize = 192, finalize, broadcast, gather, unorderedSum, batchStatistics, orderedSum,
    send,
    receive

  /// 0 for a phase, 1 for a stage, 2 for a part, 3 for a call.
  package var depth: Int { Int(rawValue >> 6) }

  /// How many depths there are.
  package static let depths = 4

  /// The depth of calls that wait for other ranks.
  package static let callDepth = 3

  /// The stage that it is part of wherever it is noted; nil: the one under way.
  var ownStage: Activity? { self == .bucket || self == .orderedSum ? .allReduce : nil }

  /// In words.
  package var words: String {
    switch self {
    case .start: "the start"
    case .work: "the work"
    case .step: "step"
    case .epochEnd: "the end of epoch"
    case .checkpoint: "the checkpoint of step"
    case .attackBlock: "the attack's block"
    case .adaptiveSample: "the adaptive attack on sample"
    case .forestRepeat: "the forest of repeat"
    case .featureBlock: "features of the block"
    case .rollback: "the rollback from step"
    case .trace: "the trace"
    case .dataWait: "data_wait"
    case .load: "load"
    case .forward: "forward"
    case .backward: "backward"
    case .allReduce: "all_reduce"
    case .update: "update"
    case .evaluation: "evaluation"
    case .batch: "batch"
    case .settle: "checkpoint_wait"
    case .copy: "checkpoint_copy"
    case .write: "checkpoint_write"
    case .layer: "layer"
    case .bucket: "bucket"
    case .initialize: "MPI_Init_thread"
    case .finalize: "MPI_Finalize"
    case .broadcast: "MPI_Bcast"
    case .gather: "MPI_Allgatherv"
    case .unorderedSum: "MPI_Allreduce"
    case .batchStatistics: "MPI_Allgatherv of batch statistics"
    case .orderedSum: "all-reduce"
    case .send: "MPI_Send"
    case .receive: "MPI_Recv"
    }
  }
}

/// An activity with its number: step 12, layer 3; and, of a part or call, the stage that it is in.
package struct NumberedActivity: Sendable, Equatable {
  package let activity: Activity, number: Int?, stage: Activity?

  /// An activity as it stands.
  package init(_ activity: Activity, _ number: Int? = nil, in stage: Activity? = nil) {
    self.activity = activity
    self.number = number
    self.stage = stage
  }

  /// As one word, never 0: the number, from 0, plus 1 above two bytes.
  var word: UInt64 {
    let number = number.map { UInt64($0) + 1 } ?? 0
    return number << 16 | UInt64(stage?.rawValue ?? 0) << 8 | UInt64(activity.rawValue)
  }

  /// What a word says; nil where it says nothing.
  init?(word: UInt64) {
    guard let activity = Activity(rawValue: UInt8(truncatingIfNeeded: word)) else { return nil }
    let number = word >> 16
    self.init(
      activity, number == 0 ? nil : Int(number - 1),
      in: Activity(rawValue: UInt8(truncatingIfNeeded: word >> 8)))
  }
}
