import Communicator
import Core
import Datasets
import Inference
import Kernels
import Network

/// What the cost of a configuration on a shape of ranks is asked of, once its data are open and the share of its
/// busiest rank is planned in this process: as a run of one rank that has as many replicas.
package struct ScalingFacts: Sendable {
  /// The run in numbers.
  package let run: ScaledRun
  /// What the busiest rank holds.
  package let memory: MemoryPlan
  /// What its steps compute: net, side of the images, path, frozen layers, scope of norms.
  package let architecture: String, imageSide: Int, path: Path, frozen: [String]
  package let batchNorm: Configuration.BatchNormScope
  /// The training split, its shards, and the bytes of an image of it as it comes into a batch.
  package let train: String, shards: Int, imageBytes: Int
  /// How an epoch's order is made.
  package let shuffle: Configuration.Shuffle

  /// Plans the busiest rank of `shape`, whose ranks compute on `threads` threads, for what `configuration` makes of
  /// further `--set`s. `communicator` is of one rank; nothing is written.
  /// - Throws: `CSGError` 66 where data are missing, 78 where they and the configuration do not fit each other.
  package init(
    _ configuration: (_ sets: [String]) throws -> ResolvedConfiguration, shape: HostShape,
    threads: Int, communicator: Communicator, level: CPULevel
  ) throws {
    let values = try configuration([]).values
    let images = (values.batchSize + values.replicas - 1) / values.replicas
    let replicas = max(values.replicas, shape.ranks)
    let share = (replicas + shape.ranks - 1) / shape.ranks
    let plan = try TrainingPlan(
      configuration([
        "replicas=\(share)", "batch_size=\(share * images)", "compute.threads=\(threads)",
      ]), communicator: communicator, level: level)
    let network = plan.network
    path = plan.schedule.path(atEpoch: 0)
    let learningEnd = plan.step.learning(path).end
    let bucket = values.compute.bucketMegabytes << 20 / MemoryLayout<Float>.stride
    let evaluations = values.evaluate.everyEpochs
    let saves = values.checkpoint.everyEpochs
    run = ScaledRun(
      samples: plan.batches.samples, testSamples: plan.data.evaluation?.dataset.count ?? 0,
      batch: min(values.batchSize, plan.batches.samples), replicas: values.replicas,
      epochs: values.epochs,
      evaluations: evaluations > 0 ? (values.epochs + evaluations - 1) / evaluations : 0,
      saves: saves > 0 ? (values.epochs + saves - 1) / saves : 1,
      floats: network.stepVector.upTo(learningEnd).count, bucket: bucket,
      overlaps: values.compute.overlap,
      layers: Self.layers(network.parameterLayout, end: learningEnd),
      meetings: values.batchNorm == .sync
        ? network.statisticsLayout.tensors.filter { $0.name.hasSuffix(".running_mean") }
          .map(\.count) : [],
      stateBytes: plan.stateFloats * MemoryLayout<Float>.stride,
      allReduce: values.compute.allReduce, wire: values.compute.wire)
    memory = plan.memory.moved(
      to: ReductionTree(replicas: replicas, ranks: shape.ranks), from: share,
      vector: network.stepVector.count, bucket: bucket)
    (architecture, imageSide) = (network.architecture.name, plan.data.trainTransform.height)
    let frozen = values.model.frozen
    self.frozen = path == .gated ? frozen.gated : frozen.standard
    batchNorm = values.batchNorm
    let train = plan.data.train
    (self.train, shards) = (train.folder, train.manifest.shards.count)
    imageBytes = plan.data.trainTransform.imageBytes
    shuffle = values.data.shuffle
  }

  /// The layers that learn, last first, each with its share of the backward pass by multiplications: a layer's are
  /// done once for its weights and once for its input, of which the lowest needs none.
  private static func layers(_ layout: TensorLayout, end: Int) -> [ScaledRun.Layer] {
    let learning = layout.tensors.reversed().filter { $0.range.upperBound <= end }
    let lowest = learning.last { $0.multiplications > 0 }?.name
    let work = learning.map { Double($0.multiplications * ($0.name == lowest ? 1 : 2)) }
    let all = work.reduce(0, +)
    var done = 0.0
    return zip(learning, work).map { tensor, work in
      done += work
      return ScaledRun.Layer(end: tensor.range.upperBound, share: all > 0 ? done / all : 1)
    }
  }
}

extension MemoryPlan {
  /// The plan of the busiest rank of `tree`, which is that of a run of one rank with `replicas` replicas, of a step
  /// vector of `vector` floats, and what the ordered sum over ranks takes beside: a slot for each subtree of the
  /// rank, a waiting sum a level of the whole tree, and buckets on their way, packed and received.
  func moved(to tree: ReductionTree, from replicas: Int, vector: Int, bucket: Int) -> MemoryPlan {
    let slots = tree.slotsOfRank.max() ?? 1
    let levels = tree.depth - ReductionTree(replicas: replicas, ranks: 1).depth
    var floats = (slots - 1 + levels) * vector
    if tree.ranks > 1 {
      let length = max(1, min(bucket, vector, Int(Int32.max) / tree.slots.count))
      let packed = slots == 1 ? 0 : slots * length
      let received = tree.slots.count * (length / tree.ranks + 1)
      floats += min(OrderedAllReduce.depth, (vector + length - 1) / length) * (packed + received)
    }
    return MemoryPlan(
      buffers: buffers + floats * MemoryLayout<Float>.stride, batches: batches,
      checkpoint: checkpoint, program: program)
  }
}
