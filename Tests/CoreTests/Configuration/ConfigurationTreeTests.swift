import Core
import TestSupport
import Testing

struct ConfigurationTreeTests {
  @Test func setsChangeOneValueEachInOrder() throws {
    let sets = ["gate.lambda2=0.2", "epochs=7", "epochs=8", "data.mean=[1, 2, 3]"]
    let values = try ResolvedConfiguration(sets: sets).values
    #expect(values.gate.lambda2 == 0.2 && values.gate.lambda1 == 1 && values.epochs == 8)
    #expect(values.data.mean == .values([1, 2, 3]))
  }

  @Test(arguments: ["epochs", "=5", "gate..period=1", ".epochs=1", "epochs=[1"])
  func aMalformedSetIsAUsageError(set: String) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: [set]) }
    #expect(error?.exitCode == .usage)
    #expect(error?.message.contains(set) == true)
  }

  /// Line of the unknown key, the key as written, the nearest known one.
  @Test(arguments: [
    ("epochs: 3\nbatchsize: 8\n", 2, "batchsize", "batch_size"),
    ("gate:\n  period: 2\n  lamda2: 1\n", 3, "gate.lamda2", "gate.lambda2"),
    ("momentum: 0.5\n", 1, "momentum", "optimizer.momentum"),
    ("data: { crop: 4, flip: true }\n", 1, "data.crop", "data.crop_padding"),
  ])
  func anUnknownKeyIsNamed(text: String, line: Int, key: String, nearest: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("c.yaml", text)
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(file: file) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message == "\(file):\(line): unknown key '\(key)'")
    #expect(error?.remedy?.contains("'\(nearest)") == true)
  }

  /// A value that is a word or a group goes either way, and keeps the group's other keys.
  @Test func aWordAndAGroupReplaceEachOther() throws {
    let fixed = "gate.matrix={ fixed: { per_class: 6, shared: 4 } }"
    func matrix(_ sets: String...) throws -> Configuration.Gate.Matrix {
      let resolved = try ResolvedConfiguration(sets: sets)
      let again = try ResolvedConfiguration(text: resolved.text, origin: "checkpoint")
      #expect(again.values.gate.matrix == resolved.values.gate.matrix)
      return resolved.values.gate.matrix
    }
    func given(_ perClass: Int, _ shared: Int) throws -> Configuration.Gate.Matrix {
      let set = "{ fixed: { per_class: \(perClass), shared: \(shared) } }"
      return try matrix("gate.matrix=\(set)")
    }
    #expect(try matrix(fixed, "gate.matrix.fixed.shared=14") == given(6, 14))
    #expect(
      try matrix("gate.matrix.fixed.shared=4", "gate.matrix.fixed.per_class=5") == given(5, 4))
    #expect(try matrix(fixed, "gate.matrix=learned") == .learned)
    let error = #expect(throws: CSGError.self) {
      try matrix("gate.matrix={ fixed: { per_clas: 6, shared: 4 } }")
    }
    #expect(error?.message.contains("unknown key 'gate.matrix.fixed.per_clas'") == true)
    #expect(error?.remedy?.contains("'gate.matrix.fixed.per_class'") == true)
  }

  @Test func anUnknownSetIsNamed() {
    let error = #expect(throws: CSGError.self) {
      try ResolvedConfiguration(sets: ["gate.periods=3"])
    }
    #expect(error?.exitCode == .configuration)
    #expect(error?.description.contains("--set gate.periods=3") == true)
    #expect(error?.description.contains("'gate.period'") == true)
  }

  @Test(arguments: [
    ("epochs=many", "epochs"), ("epochs=1.5", "epochs"), ("seed=-1", "seed"),
    ("seed=18446744073709551616", "seed"), ("epochs=null", "epochs"), ("epochs=[1]", "epochs"),
    ("optimizer.nesterov=3", "optimizer.nesterov"), ("gate.lambda1=x", "gate.lambda1"),
    ("data.mean=[a, b, c]", "data.mean"), ("data.mean=grey", "data.mean"),
    ("learning_rate.milestones=0.5", "learning_rate.milestones"),
    ("gate.period={ a: 1 }", "gate.period"), ("gate=3", "gate"), ("gate.period.x=3", "gate.period"),
    ("gate.matrix={ fixed: { per_class: 6 } }", "gate.matrix.fixed.shared: has no value"),
    ("gate.matrix={ fixed: 3 }", "gate.matrix.fixed"), ("gate.matrix={}", "gate.matrix.fixed"),
    ("gate.matrix={ fixed: { per_class: x, shared: 4 } }", "gate.matrix.fixed.per_class"),
  ])
  func aWrongTypeNamesItsKey(set: String, key: String) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: [set]) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.hasPrefix(key) == true)
  }

  /// A word that a key does not take is answered by those it takes.
  @Test(arguments: [
    ("data.shuffle=random", "full, window, none"), ("batch_norm=batch", "replica, sync"),
    ("optimizer.kind=lamb", "sgd, adam"), ("gate.schedule=both", "standard, alternate, joint"),
    ("gate.matrix=fixed", "learned, { fixed: {"), ("gate.matrix=[1]", "learned, { fixed: {"),
    ("gate.penalty=l3", "l1, l2, smooth_l1"),
    ("gate.optimizer=adamw", "sgd, momentum, adam, shared"),
    ("gate.penalty_in=standard", "gated, all"), ("gate.learns_in=never", "gated, all"),
    ("gate.projection=euclidean", "largest, none"),
    ("model.shortcut=identity", "auto, padding, projection"),
    ("learning_rate.milestones_in=steps", "fractions, epochs"),
    ("learning_rate.counted_over=epoch", "path, run"),
    ("learning_rate.schedule=linear", "milestones, step, cosine"),
    ("compute.threads=many", "auto, a number"),
    ("compute.convolution=fft", "auto, direct, winograd, gemm"),
    ("compute.all_reduce=ring", "auto, flat, hosts"),
    ("compute.wire=float16", "float32, bfloat16"),
  ])
  func aWrongWordNamesTheRightOnes(set: String, words: String) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: [set]) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.hasPrefix(set.split(separator: "=")[0]) == true)
    #expect(error?.message.contains("one of \(words)") == true)
  }

  // MARK: Groups that are null by default

  @Test func aNullGroupTakesItsDefaultsOnceItIsGiven() throws {
    #expect(try ResolvedConfiguration(sets: []).values.data.randomResizedCrop == nil)
    let sets = ["data.crop_padding=0", "data.random_resized_crop.scale=[0.2, 0.9]"]
    let given = try ResolvedConfiguration(sets: sets)
    let crop = try #require(given.values.data.randomResizedCrop)
    #expect(crop.scale == [0.2, 0.9] && crop.ratio == [0.75, 4.0 / 3])
    let again = try ResolvedConfiguration(text: given.text, origin: "text")
    #expect(again.values.data.randomResizedCrop?.ratio == crop.ratio)
    let taken = try ResolvedConfiguration(sets: sets + ["data.random_resized_crop=null"])
    #expect(taken.values.data.randomResizedCrop == nil)
    let jitter = try ResolvedConfiguration(sets: ["data.color_jitter={ hue: 0.1 }"]).values.data
    #expect(jitter.colorJitter?.hue == 0.1 && jitter.colorJitter?.contrast == 0)
  }

  @Test func anUnknownKeyOfANullGroupIsNamed() {
    let error = #expect(throws: CSGError.self) {
      try ResolvedConfiguration(sets: ["data.color_jitter={ brightnes: 1 }"])
    }
    #expect(error?.description.contains("'data.color_jitter.brightness'") == true)
  }
}
