import Testing

import Core

/// Names that people bring from elsewhere.
@Suite struct PeerNamesTests {
  private static let keys = Set((try? ResolvedConfiguration(sets: []).flat.map(\.key)) ?? [])

  @Test func everyAnswerIsAKeyAndNoNameHasTwo() {
    var seen: Set<String> = []
    for (names, keys) in PeerNames.table {
      for key in keys { #expect(Self.keys.contains(key), "\(key)") }
      for name in names {
        #expect(seen.insert(name).inserted && !Self.keys.contains(name), "\(name)")
      }
    }
    #expect(seen.count > 100)
  }

  @Test(arguments: [
    ("lr", "'learning_rate.standard' and 'learning_rate.gated'"), ("bs", "'batch_size'"),
    ("batch-size", "'batch_size'"), ("num_epochs", "'epochs'"), ("max_epochs", "'epochs'"),
    ("wd", "'optimizer.weight_decay'"), ("weight-decay", "'optimizer.weight_decay'"),
    ("momentum", "'optimizer.momentum'"), ("optimizer.lr", "'learning_rate.standard'"),
    ("model.num_classes", "'model.classes'"), ("data.num_workers", "'compute.threads'"),
    ("Seed", "'seed'"), ("gate.lambda_2", "'gate.lambda2'"),
    ("data.crop_pading", "'data.crop_padding'"), ("class_balance", "'data.balance'"),
    ("balance", "'data.balance'"), ("data.sampler", "'data.balance'"),
  ])
  func anUnknownKeyIsAnsweredWithOurs(_ asked: String, _ meant: String) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: ["\(asked)=1"]) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.remedy?.hasPrefix("did you mean \(meant)") == true, "\(error?.remedy ?? "none")")
  }

  @Test(arguments: [
    ("learning_rate", "'learning_rate.standard' and 'learning_rate.gated'"),
    ("optimizer", "'optimizer.kind'"), ("model", "'model.architecture'"), ("data", "'data.train'"),
  ])
  func aGroupThatIsGivenAValueTellsItsKey(_ group: String, _ meant: String) {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: ["\(group)=x"]) }
    #expect(error?.message.contains("is a group of keys") == true)
    #expect(error?.remedy == "did you mean \(meant)?")
  }

  @Test func whatIsNobodysNameIsAnsweredWithAnOverview() {
    let error = #expect(throws: CSGError.self) { try ResolvedConfiguration(sets: ["zorro=1"]) }
    #expect(error?.remedy?.contains("section Configuration") == true)
  }

  @Test func aValueOfTheWrongKindIsHeldAgainstTheDefault() {
    let error = #expect(throws: CSGError.self) {
      try ResolvedConfiguration(sets: ["batch_size=many"])
    }
    #expect(error?.message == "batch_size: 'many' is not a value of this key")
    #expect(error?.remedy == "by default it is 256")
  }
}
