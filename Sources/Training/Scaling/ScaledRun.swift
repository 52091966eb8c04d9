import Core

/// What the cost of a run on other ranks depends on, in numbers: of its configuration, data and net.
package struct ScaledRun: Sendable, Equatable {
  /// A part of the vector that is summed, and when it may leave.
  package struct Layer: Sendable, Equatable {
    /// Floats before its end, which are final once it is done.
    package let end: Int
    /// The share of the backward pass that is over then, 0 to 1.
    package let share: Double

    /// A layer in the order of the backward pass.
    package init(end: Int, share: Double) {
      self.end = end
      self.share = share
    }
  }

  /// Training samples of an epoch, those of the test split (0: none), and the images of a batch (B) and its
  /// replicas (R).
  package var samples: Int, testSamples: Int, batch: Int, replicas: Int
  /// Epochs of the run, and of those how many are evaluated, and how many saved.
  package var epochs: Int, evaluations: Int, saves: Int
  /// Floats that are summed in a step, and those of a bucket; whether buckets leave while layers compute.
  package var floats: Int, bucket: Int, overlaps: Bool
  /// When parts of those floats are final, in the order of the backward pass; what comes after them is so at its end.
  package var layers: [Layer]
  /// Channels of each norm at which ranks meet in every pass; none where replicas are normalised apart.
  package var meetings: [Int]
  /// Bytes of the state that a checkpoint holds.
  package var stateBytes: Int
  /// Who sends what to whom, and what of a value.
  package var allReduce: Configuration.Compute.AllReduce, wire: Configuration.Compute.Wire

  /// Such a run.
  package init(
    samples: Int, testSamples: Int, batch: Int, replicas: Int, epochs: Int, evaluations: Int,
    saves: Int, floats: Int, bucket: Int, overlaps: Bool, layers: [Layer], meetings: [Int],
    stateBytes: Int, allReduce: Configuration.Compute.AllReduce, wire: Configuration.Compute.Wire
  ) {
    (self.samples, self.testSamples) = (samples, testSamples)
    (self.batch, self.replicas, self.epochs) = (batch, replicas, epochs)
    (self.evaluations, self.saves) = (evaluations, saves)
    (self.floats, self.bucket, self.overlaps) = (floats, bucket, overlaps)
    (self.layers, self.meetings, self.stateBytes) = (layers, meetings, stateBytes)
    (self.allReduce, self.wire) = (allReduce, wire)
  }

  /// The most images of a replica. More ranks than replicas need another run, whose replicas are as large.
  package var replicaImages: Int { (batch + replicas - 1) / replicas }

  /// What so many ranks train: this run, or, since each rank needs a replica, one of as many replicas, whose batch
  /// grows by as much. That is another run with another result.
  package func run(ranks: Int) -> (replicas: Int, batch: Int) {
    ranks <= replicas ? (replicas, batch) : (ranks, ranks * replicaImages)
  }

  /// Replicas of the rank with the most.
  package func share(ranks: Int) -> Int { (run(ranks: ranks).replicas + ranks - 1) / ranks }

  /// The lengths of the buckets, in floats.
  var buckets: [Int] {
    stride(from: 0, to: floats, by: bucket).map { min(bucket, floats - $0) }
  }

  /// The share of the last backward pass that is over when each bucket may leave.
  var bucketShares: [Double] {
    var end = 0
    return buckets.map { count in
      end += count
      return overlaps ? layers.first { $0.end >= end }?.share ?? 1 : 1
    }
  }
}

/// What the kernels of a machine take for a run, while all computing ranks of a host are at work.
package struct StepTimes: Sendable, Equatable {
  /// Of one replica: waiting for its images and making floats of them, and either pass.
  package let loadSeconds: Double, forwardSeconds: Double, backwardSeconds: Double
  /// Of a step.
  package let updateSeconds: Double

  /// Such times.
  package init(
    loadSeconds: Double, forwardSeconds: Double, backwardSeconds: Double, updateSeconds: Double
  ) {
    (self.loadSeconds, self.forwardSeconds) = (loadSeconds, forwardSeconds)
    (self.backwardSeconds, self.updateSeconds) = (backwardSeconds, updateSeconds)
  }

  /// Those of `stages`, of steps of one replica that took `seconds` in all but what the benchmark's clock does not
  /// see: shares of that, since single steps may have been held up.
  package init(_ stages: StageSeconds, stepSeconds: Double) {
    let all = TrainingStage.allCases.reduce(0) { $0 + stages[$1] }
    let factor = all > 0 ? stepSeconds / all : 0
    self.init(
      loadSeconds: (stages[.dataWait] + stages[.load]) * factor,
      forwardSeconds: stages[.forward] * factor, backwardSeconds: stages[.backward] * factor,
      updateSeconds: stages[.update] * factor)
  }

  /// The whole of a replica.
  var replicaSeconds: Double { loadSeconds + forwardSeconds + backwardSeconds }
}

extension StepTimes {
  /// The means of several.
  package init(meanOf all: [StepTimes]) {
    precondition(!all.isEmpty, "a mean of something")
    func mean(_ part: KeyPath<StepTimes, Double>) -> Double {
      all.reduce(0) { $0 + $1[keyPath: part] } / Double(all.count)
    }
    self.init(
      loadSeconds: mean(\.loadSeconds), forwardSeconds: mean(\.forwardSeconds),
      backwardSeconds: mean(\.backwardSeconds), updateSeconds: mean(\.updateSeconds))
  }
}
