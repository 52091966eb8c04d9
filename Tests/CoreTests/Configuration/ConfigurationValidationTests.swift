import Core
import Testing

struct ConfigurationValidationTests {
  @Test(arguments: [
    "name=a/b", "name='..'", "name='.'", "name=''", "model.classes=1", "model.classes=100001",
    "model.channels=2", "data.limit=0", "data.crop_padding=-1", "data.crop_padding=1025",
    "data.image_size=0", "data.image_size=4097", "data.resize=100", "data.window=0",
    "data.random_resized_crop.scale=[0.5]", "data.random_resized_crop.scale=[0, 1]",
    "data.random_resized_crop.scale=[0.5, 0.4]", "data.random_resized_crop.ratio=[1, .inf]",
    "data.color_jitter.brightness=-1", "data.color_jitter.contrast=.nan",
    "data.color_jitter.hue=0.6",
    "data.mean=[0.5]", "data.mean=[0, 0, .nan]", "data.std=[1, 1, 0]", "data.std=[1, 1, -1]",
    "data.std=[1, 1, .inf]", "replicas=0", "replicas=65537", "batch_size=0", "epochs=0",
    "optimizer.momentum=1", "optimizer.momentum=-0.1", "optimizer.momentum=.nan",
    "optimizer.betas=[0.9]", "optimizer.betas=[0.9, 1]", "optimizer.betas=[-0.1, 0.9]",
    "optimizer.epsilon=0", "optimizer.epsilon=.inf", "learning_rate.step_epochs=0",
    "learning_rate.final=1.1", "learning_rate.final=-0.1", "optimizer.weight_decay=-1",
    "optimizer.weight_decay=.inf", "learning_rate.standard=-1",
    "learning_rate.standard=.nan", "learning_rate.gated=-1", "learning_rate.gamma=-1",
    "learning_rate.milestones=[0.5, 1.5]", "learning_rate.milestones=[-0.1]",
    "learning_rate.warmup_epochs=-1", "gate.period=0", "gate.csg_epochs=4", "gate.csg_epochs=-1",
    "gate.warmup_epochs=-1", "gate.lambda1=-1", "gate.lambda2=.nan", "gate.density_bound=1.1",
    "gate.csg_start=3", "gate.csg_start=-1", "gate.lambda3=-1", "gate.column_bound=1.1",
    "gate.penalty_in=all", "gate.momentum=0.9", "gate.nesterov=true", "gate.weight_decay=-1",
    "gate.initial=0", "gate.initial=1.01", "gate.learning_rate=-1", "evaluate.every_epochs=-1",
    "checkpoint.every_epochs=-1", "checkpoint.every_steps=-1", "checkpoint.keep=0",
    "log.every=-1", "lockstep.every=-1", "log.digests=-1", "verify.replay_every=-1",
    "lockstep.timeout_seconds=0",
    "compute.bucket_megabytes=0", "compute.bucket_megabytes=257",
  ])
  func aValueOutOfRangeNamesItsKey(set: String) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: [set]) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.hasPrefix("\(set.split(separator: "=")[0]): ") == true)
    #expect(error?.message.contains(" is not ") == true)
  }

  @Test(arguments: [
    "model.classes=2", "model.channels=1", "data.limit=1", "data.crop_padding=0",
    "data.std=[1, 1, 1]", "replicas=1", "replicas=65536", "optimizer.momentum=0",
    "optimizer.betas=[0, 0]", "learning_rate.step_epochs=1", "learning_rate.final=1",
    "optimizer.weight_decay=0", "learning_rate.milestones=[]",
    "learning_rate.milestones=[0, 1]", "gate.csg_epochs=3", "gate.csg_epochs=0",
    "gate.csg_start=2", "gate.csg_start=0", "gate.column_bound=0", "gate.lambda3=0",
    "gate={ learns_in: all, penalty_in: all }", "gate={ optimizer: momentum, momentum: 0 }",
    "learning_rate={ milestones: [0, 60, 1e3], milestones_in: epochs }",
    "gate.density_bound=0", "gate.initial=1", "evaluate.every_epochs=0", "checkpoint.keep=1",
    "log.every=0", "seed=18446744073709551615",
  ])
  func theEndsOfTheRangesAreWithin(set: String) {
    #expect(throws: Never.self) { try ResolvedConfiguration(sets: [set]) }
  }

  /// Keys that the chosen optimiser of G does not have, or not so.
  @Test(arguments: [
    ("gate={ optimizer: momentum, momentum: 1 }", "gate.momentum"),
    ("gate={ optimizer: adam, momentum: 0.5 }", "gate.momentum"),
    ("gate={ optimizer: momentum, momentum: 0, nesterov: true }", "gate.nesterov"),
    ("gate={ optimizer: shared, weight_decay: 0.1 }", "gate.weight_decay"),
    (
      "learning_rate={ milestones: [0.5], milestones_in: epochs }",
      "learning_rate.milestones"
    ),
  ])
  func keysThatContradictEachOtherAreNamed(_ set: String, _ key: String) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: [set]) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.hasPrefix("\(key): ") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [(0, 4, "per_class"), (6, -1, "shared")])
  func sharesOutOfRangeAreNamed(_ perClass: Int, _ shared: Int, _ key: String) {
    let set = "gate.matrix={ fixed: { per_class: \(perClass), shared: \(shared) } }"
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: [set]) }
    #expect(error?.message.hasPrefix("gate.matrix.fixed.\(key): ") == true)
  }

  @Test(arguments: [
    (["data.random_resized_crop={}"], "data.random_resized_crop", "data.crop_padding"),
    (["data.color_jitter={}", "model.channels=1"], "data.color_jitter", "null"),
    (["data.image_size=64", "data.resize=63"], "data.resize", nil),
  ])
  func framingsThatMakeNoSenseAreNamed(_ sets: [String], _ key: String, _ remedy: String?) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: sets) }
    #expect(error?.message.hasPrefix("\(key): ") == true)
    #expect(remedy.map { error?.remedy?.contains($0) == true } ?? true)
  }

  /// What a key needs is named when it is missing.
  @Test(arguments: [
    ("data.resize=256", "data.resize", "data.image_size is not set"),
    ("model.new_classes=true", "model.new_classes", "model.weights is not set"),
    ("data={ balance: classes, shuffle: window }", "data.balance", "data.shuffle is window"),
  ])
  func keysThatNeedAnotherNameBoth(_ set: String, _ key: String, _ part: String) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: [set]) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.hasPrefix("\(key): ") == true && error?.remedy != nil)
    #expect(error?.message.contains(part) == true, "\(error as Any)")
  }

  @Test func replicasThatComputeTogetherAreNotReplayed() {
    let sets = ["batch_norm=sync", "verify.replay_every=1"]
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: sets) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.hasPrefix("verify.replay_every: ") == true)
    #expect(error?.message.contains("batch_norm is sync") == true && error?.remedy != nil)
  }

  @Test func nesterovNeedsMomentum() {
    #expect(throws: Never.self) { try ResolvedConfiguration(sets: ["optimizer.nesterov=true"]) }
    let error = #expect(throws: CSGError.self) {
      try ResolvedConfiguration(sets: ["optimizer.nesterov=true", "optimizer.momentum=0"])
    }
    #expect(error?.message.contains("optimizer.momentum") == true)
    let adam = #expect(throws: CSGError.self) {
      try ResolvedConfiguration(sets: ["optimizer.nesterov=true", "optimizer.kind=adam"])
    }
    #expect(adam?.message.contains("optimizer.kind adam") == true)
  }
}
