import Core
import Testing

import Training

/// What `init` proposes.
@Suite struct FirstConfigurationTests {
  private typealias Pictures = FirstConfiguration.Pictures

  private func proposed(
    _ pictures: Pictures, _ wishes: FirstConfiguration.Wishes = .init(name: "photos")
  )
    throws -> Configuration
  {
    let text = try FirstConfiguration(wishes, data: "data/photos", train: pictures, hasTest: true)
      .text
    return try ResolvedConfiguration(text: text, origin: "init").values
  }

  @Test func smallImagesStayAsTheyAre() throws {
    let values = try proposed(Pictures(count: 50_000, classes: 10, side: 32))
    #expect(values.model.architecture == "resnet20" && values.model.classes == 10)
    #expect(values.data.imageSize == nil && values.data.cropPadding == 4)
    #expect(values.data.randomResizedCrop == nil && values.batchSize == 128)
    #expect(values.data.train == "data/photos/train" && values.data.test == "data/photos/test")
    #expect(
      try proposed(Pictures(count: 60_000, classes: 10, channels: 1, side: 28)).model.channels == 1)
  }

  @Test func photographsAreCropped() throws {
    let values = try proposed(Pictures(count: 2699, classes: 6, side: 73))
    #expect(values.model.architecture == "resnet20" && values.data.imageSize == 64)
    #expect(values.data.resize == nil && values.data.cropPadding == 0 && values.batchSize == 32)
    #expect(values.data.randomResizedCrop != nil && values.gate.densityBound == .auto)
    let large = try proposed(Pictures(count: 100_000, classes: 6, side: 256))
    #expect(large.data.imageSize == 224 && large.batchSize == 128)
    #expect(try proposed(Pictures(count: 100, classes: 2, side: nil)).data.imageSize == 224)
  }

  /// Wishes below what is stored are met, if need be without room for crops; those above are not.
  @Test func picturesAreNeverEnlarged() throws {
    let stored = Pictures(count: 2699, classes: 6, side: 73)
    #expect(try proposed(stored, .init(name: "a", side: 48)).data.imageSize == 48)
    let tight = try proposed(stored, .init(name: "a", side: 72))
    #expect(tight.data.imageSize == 72 && tight.data.resize == 73)
    let error = #expect(throws: CSGError.self) { try proposed(stored, .init(name: "a", side: 80)) }
    #expect(error?.exitCode == .data)
    #expect(error?.description.contains("--size 91") == true)
  }

  /// Gates come to their bound within the run, however few its steps.
  @Test func gatesSettle() throws {
    for (count, classes, side) in [
      (300, 3, 73), (2699, 6, 73), (50_000, 10, 32), (100_000, 100, 256),
    ] {
      for epochs in [6, 20, 100] {
        let pictures = Pictures(count: count, classes: classes, side: side)
        let values = try proposed(pictures, .init(name: "a", epochs: epochs))
        let steps = (count + values.batchSize - 1) / values.batchSize
        let settling = try #require(
          GateSettling(values, schedule: Schedule(values, stepsPerEpoch: steps)))
        #expect(settling.sum < 18 && values.epochs == epochs)
        // A few steps more would do what a larger λ2 must not.
        let isLimited = values.gate.lambda2 == 2.5
        #expect(isLimited || settling.caution == nil && settling.sum >= 16)
        #expect(!isLimited || epochs * steps < 400)
        #expect(values.gate.densityBound.value(classes: classes) * Double(classes) > 1)
      }
    }
  }

  /// No step of the penalty takes G to 0; few pictures are given more epochs in place of a larger λ2, unless their
  /// number is asked for.
  @Test(arguments: [20, 240, 400, 1000, 2699], [nil, "weights/a.safetensors"])
  func fewPicturesTakeMoreEpochs(_ count: Int, _ weights: String?) throws {
    let pictures = Pictures(count: count, classes: 6, side: 73)
    let values = try proposed(pictures, .init(name: "a", weights: weights))
    let steps = (count + values.batchSize - 1) / values.batchSize
    let settling = try #require(
      GateSettling(values, schedule: Schedule(values, stepsPerEpoch: steps)))
    #expect(settling.caution == nil && settling.sum >= 16)
    #expect(values.gate.lambda2 * values.gate.learningRate <= values.gate.initial / 2)
    let usual = weights == nil ? 20 : 10
    #expect(values.epochs >= usual && (values.epochs - usual) % 3 == 0)
    if count == 2699 { #expect(values.epochs == usual) }
    if count <= 240 { #expect(values.epochs > usual) }
  }

  /// Too few epochs for any to gate: said, rather than promised away.
  @Test func runsWithoutGatedEpochsAreTold() throws {
    func decisions(_ epochs: Int) throws -> [String] {
      try FirstConfiguration(
        .init(name: "a", epochs: epochs), data: "data",
        train: Pictures(count: 2699, classes: 6, side: 73), hasTest: false
      ).decisions
    }
    #expect(try decisions(2).contains { $0.hasPrefix("no epoch takes the CSG path") })
    #expect(try decisions(3).contains { $0.hasPrefix("lambda2 ") })
  }

  /// Told where the largest class has more than three times the pictures, and left to the user.
  @Test(arguments: [(1, false), (3, false), (3.1, true), (400, true)])
  func unevenClassesAreTold(_ unevenness: Double, _ isTold: Bool) throws {
    let text = try FirstConfiguration(
      .init(name: "a"), data: "data",
      train: Pictures(count: 2699, classes: 6, side: 73, unevenness: unevenness), hasTest: false
    ).text
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("  # balance: classes ") }
    #expect(lines.count == (isTold ? 1 : 0))
    for line in lines {
      #expect(line.contains("\(NumberText.fixed(unevenness, 1)) times"))
      let balanced = text.replacing("# balance", with: "balance")
      #expect(
        try ResolvedConfiguration(text: balanced, origin: "a").values.data.balance == .classes)
    }
    #expect(try ResolvedConfiguration(text: text, origin: "a").values.data.balance == .none)
  }

  @Test func trainedWeightsStartGently() throws {
    let values = try proposed(
      Pictures(count: 2699, classes: 6, side: 256),
      .init(name: "a: b", side: 128, architecture: "resnet50", weights: "weights/r 50.safetensors"))
    #expect(values.model.weights == "weights/r 50.safetensors" && values.model.newClasses)
    #expect(values.learningRate.standard == 0.01 && values.epochs == 10 && values.name == "a: b")
    #expect(values.data.mean == .values([0.485, 0.456, 0.406]))
    #expect(throws: CSGError.self) {
      try proposed(
        Pictures(count: 99, classes: 2, side: 32), .init(name: "a", architecture: "resnet7"))
    }
  }
}
