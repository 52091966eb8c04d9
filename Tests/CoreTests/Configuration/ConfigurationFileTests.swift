import Core
import TestSupport
import Testing

struct ConfigurationFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func extendsIsRelativeToItsFileAndNearerFilesWin() throws {
    try folder.write("base/root.yaml", "epochs: 10\nseed: 1\ngate: { period: 5, lambda2: 0.5 }\n")
    try folder.write("base/middle.yaml", "extends: root.yaml\nseed: 2\ngate: { period: 6 }\n")
    let file = try folder.write("runs/leaf.yaml", "extends: ../base/middle.yaml\nname: leaf\n")
    let values = try ResolvedConfiguration(file: file, sets: ["seed=3"]).values
    #expect(values.name == "leaf" && values.epochs == 10 && values.seed == 3)
    #expect(values.gate.period == 6 && values.gate.lambda2 == 0.5 && values.gate.lambda1 == 1)
  }

  @Test func anAbsolutePathMayBeExtended() throws {
    let base = try folder.write("base.yaml", "epochs: 12\n")
    let file = try folder.write("a/leaf.yaml", "extends: \(base)\n")
    #expect(try ResolvedConfiguration(file: file).values.epochs == 12)
  }

  @Test func aCycleIsRefused() throws {
    try folder.write("a.yaml", "extends: b.yaml\n")
    try folder.write("b.yaml", "extends: a.yaml\n")
    let error = #expect(throws: CSGError.self) {
      try ResolvedConfiguration(file: folder("a.yaml"))
    }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.contains("itself") == true)
  }

  @Test func aMissingFileIsNamed() throws {
    let leaf = try folder.write("leaf.yaml", "extends: gone.yaml\n")
    for (file, missing) in [(folder("none.yaml"), "none.yaml"), (leaf, "gone.yaml")] {
      let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(file: file) }
      #expect(error?.exitCode == .noInput)
      #expect(error?.message.contains(missing) == true)
    }
  }

  @Test(arguments: ["a: [1", "- 1\n- 2\n", "just text", "extends: [a]\n", "a: 1\na: 2\n"])
  func whatIsNoConfigurationIsNamed(text: String) throws {
    let file = try folder.write("bad.yaml", text)
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(file: file) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.contains(file) == true)
  }

  @Test func textThatIsNotUTF8IsRefused() throws {
    let file = try folder.write("bad.yaml", [0x6e, 0x3a, 0xff, 0xfe])
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(file: file) }
    #expect(error?.exitCode == .configuration)
  }

  @Test func anEmptyFileIsTheDefaults() throws {
    let file = try folder.write("empty.yaml", "")
    let defaults = try ResolvedConfiguration(sets: [])
    #expect(try ResolvedConfiguration(file: file).differences(from: defaults).isEmpty)
  }

  @Test func theResolvedTextSaysItAll() throws {
    let sets = [
      "name='12'", "seed=123", "data.mean=[0.5, 0.25, 1]", "optimizer.weight_decay=5e-4",
      "data.train='a: b # c'", "model.weights=null",
    ]
    let resolved = try ResolvedConfiguration(sets: sets)
    let again = try ResolvedConfiguration(text: resolved.text, origin: "checkpoint")
    #expect(again.text == resolved.text)
    #expect(again.flat.map(\.key) == resolved.flat.map(\.key))
    #expect(again.flat.map(\.value) == resolved.flat.map(\.value))
    #expect(again.values.data.train == "a: b # c" && again.values.name == "12")
    #expect(again.values.data.mean == .values([0.5, 0.25, 1]))
    #expect(again.values.model.weights == nil)
  }

  @Test func differencesNameKeyAndBothValues() throws {
    let ours = try ResolvedConfiguration(sets: ["seed=4", "data.mean=[0.5, 0.5, 0.5]"])
    let theirs = try ResolvedConfiguration(sets: ["gate.lambda2=0.2"])
    let found = ours.differences(from: theirs).map { [$0.key, $0.ours, $0.theirs] }
    #expect(
      found == [
        ["data.mean", "[0.5, 0.5, 0.5]", "auto"], ["seed", "4", "0"],
        ["gate.lambda2", "0.1", "0.2"],
      ])
  }

  @Test func aGroupAgainstAWordIsShownWhole() throws {
    let fixed = try ResolvedConfiguration(sets: [
      "gate.matrix={ fixed: { per_class: 6, shared: 4 } }"
    ])
    let found = try ResolvedConfiguration(sets: []).differences(from: fixed)
    #expect(
      found.map { [$0.key, $0.ours, $0.theirs] } == [
        ["gate.matrix", "learned", "{ fixed.per_class: 6, fixed.shared: 4 }"]
      ])
    #expect(try fixed.differences(from: ResolvedConfiguration(sets: [])).count == 2)
  }

  /// Spellings of one value are one value.
  @Test(arguments: [
    ("optimizer.weight_decay", "0.0001", "1e-4"), ("gate.lambda1", "1", "1.0"),
    ("data.mean", "[0, 1, 2]", "[0.0, 1.0, 2e0]"), ("model.weights", "null", "~"),
    ("optimizer.nesterov", "false", "False"), ("name", "run", "'run'"),
  ])
  func spellingsAreNoDifference(key: String, a: String, b: String) throws {
    let ours = try ResolvedConfiguration(sets: ["\(key)=\(a)"])
    let theirs = try ResolvedConfiguration(sets: ["\(key)=\(b)"])
    #expect(ours.differences(from: theirs).map(\.key) == [])
  }

  /// Neighbours beyond the 53 bits of a Double are two seeds.
  @Test func largeSeedsDiffer() throws {
    let ours = try ResolvedConfiguration(sets: ["seed=18446744073709551615"])
    let theirs = try ResolvedConfiguration(sets: ["seed=18446744073709551614"])
    #expect(ours.values.seed == .max)
    #expect(ours.differences(from: theirs).map(\.key) == ["seed"])
  }
}
