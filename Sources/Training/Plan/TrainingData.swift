import Core
import Datasets
import Inference
import Storage

/// The splits of a run, and how their pictures become images.
struct TrainingData {
  let train: Dataset, trainTransform: ImageTransform
  /// The test split; nil where the run has none.
  let evaluation: (dataset: Dataset, transform: ImageTransform)?

  /// Opens what `data` names.
  /// - Throws: `CSGError` 78 where a key is missing, or splits and configuration do not fit each
  ///   other.
  init(_ values: Configuration) throws {
    guard let folder = values.data.train else {
      throw CSGError.configuration(
        "data.train", "is not set", remedy: "name a folder that csg-dist prepare wrote")
    }
    func open(_ folder: String) throws -> Dataset {
      let dataset = try Dataset(folder: folder)
      try dataset.requireFit(classes: values.model.classes, channels: values.model.channels)
      return dataset
    }
    train = try open(folder)
    trainTransform = try ImageTransform(
      values.data, manifest: train.manifest, trainingSeed: values.seed)
    let preprocessing = try Preprocessing(values.data, manifest: train.manifest)
    evaluation = try values.data.test.map {
      let test = try open($0)
      let keys = values.data.framed(as: preprocessing, test.manifest)
      return (test, try ImageTransform(keys, manifest: test.manifest, trainingSeed: nil))
    }
    try evaluation?.dataset.requireClasses(train.manifest.classes, of: train.folder)
    guard evaluation != nil || values.evaluate.everyEpochs == 0 else {
      throw CSGError.configuration(
        "data.test", "is not set", remedy: "name one, or set evaluate.every_epochs to 0")
    }
    if let transform = evaluation?.transform,
      (transform.height, transform.width) != (trainTransform.height, trainTransform.width)
    {
      throw CSGError.configuration("data.test", "its images have another size than data.train's")
    }
  }

  /// What all ranks must see alike: contents, and all that the manifests say.
  var agreements: [Agreement] {
    let splits = [("data.train", train)] + (evaluation.map { [("data.test", $0.dataset)] } ?? [])
    return splits.flatMap { $1.agreements(key: $0) }
  }

  /// What a user should know of the splits.
  var cautions: [String] { [train, evaluation?.dataset].compactMap { $0?.caution } }

  /// Names the content of both splits.
  var fingerprint: String {
    let test = evaluation.map { "\ntest \($0.dataset.manifest.fingerprint)" } ?? ""
    return "train \(train.manifest.fingerprint)\(test)"
  }

  /// Bytes of batches, of pictures on their way into them, of two epochs' orders and of what balances classes, for
  /// a rank of so many replicas and computing threads. One that `replays` reads batches a second time.
  func batchBytes(_ plan: BatchPlan, replicas: Int, computing: Int, replays: Bool) -> Int {
    let threads = Prefetcher.threads(besides: computing)
    let pictures = [train, evaluation?.dataset].reduce(0) {
      $0 + ($1.map { trainTransform.workBytes($0.manifest) } ?? 0)
    }
    // Training's batches wait while those of an evaluation come and go.
    let images =
      (replicas + 1) * plan.largestReplica
      * (Prefetcher.mostBatches(threads: threads) + (replays ? 1 : 0))
    return images * trainTransform.imageBytes + threads * pictures
      + (replays ? 4 : 2) * MemoryLayout<Int32>.stride * plan.samples + (plan.balance?.bytes ?? 0)
  }
}
