import ArgumentParser
import Attacks
import Core

extension AttackMethod: ExpressibleByArgument {}

/// Which attack, and its numbers; each belongs to some methods and is refused for the others.
struct AttackOptions: ParsableArguments {
  @Option(
    help: """
      fgsm: one step along the gradient's sign; pgd: several, from a random start; cw: the smallest \
      change by L2 (Carlini and Wagner). As black boxes: single-pixel: pixels at random, black and white; \
      local-search: around the pixels that tell most; one-pixel: places and colours by evolution.
      """)
  var method: AttackMethod

  @Option(
    help: ArgumentHelp(
      "fgsm, pgd: most that a value in [0, 1] changes by (0.031); 8/255 is taken too.",
      valueName: "share"))
  var epsilon: Share?

  @Option(help: ArgumentHelp("pgd: steps (7).", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("pgd: length of a step (0.01).", valueName: "share"))
  var stepSize: Share?

  @Flag(help: "pgd: start at the picture itself.")
  var noRandomStart = false

  /// How much `cw` tries.
  enum Budget: String, ExpressibleByArgument, CaseIterable {
    case paper, torchattacks
  }

  @Option(
    help: """
      cw: paper: 9 searches of 100 iterations, c from 0.001; torchattacks: 1 of 50, c = 1.
      """)
  var budget: Budget?

  @Option(help: ArgumentHelp("cw: searches for c.", valueName: "n"))
  var searches: Int?

  @Option(help: ArgumentHelp("cw: iterations of a search.", valueName: "n"))
  var iterations: Int?

  @Option(help: ArgumentHelp("cw: the first c.", valueName: "c"))
  var constant: Double?

  @Option(help: ArgumentHelp("cw: Adam's rate (0.01).", valueName: "rate"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("cw: by how much the winning logit must win (0).", valueName: "k"))
  var confidence: Double?

  @OptionGroup(title: "Black boxes")
  var blackBox: BlackBoxOptions

  /// A number of the picture's range, which is 0 to 1.
  struct Share: ExpressibleByArgument {
    let value: Double

    init?(argument: String) {
      let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Double($0) }
      guard numbers.count == parts.count, (1...2).contains(parts.count),
        numbers.count == 1 || numbers[1] > 0, numbers.allSatisfy(\.isFinite)
      else { return nil }
      value = numbers.count == 1 ? numbers[0] : numbers[0] / numbers[1]
    }

    /// - Throws: `ValidationError` where it is not in 0 ... 1.
    func checked(_ option: String) throws -> Double {
      guard value <= 1 else {
        let text = NumberText.plain(value)
        throw ValidationError(
          "\(option) \(text) is above 1, and pictures have values in [0, 1]: "
            + "\(text)/255 = \(NumberText.fixed(value / 255, 4))")
      }
      guard value >= 0 else { throw ValidationError("\(option) is below 0") }
      return value
    }
  }

  /// The attack that is asked for.
  /// - Throws: `ValidationError` for numbers that no attack goes by, or not this one.
  func made() throws -> any Attack {
    try requireOwn()
    switch method {
    case .fgsm: return GradientSign.fgsm(epsilon: try epsilon?.checked("--epsilon") ?? 0.031)
    case .pgd:
      return GradientSign.pgd(
        epsilon: try epsilon?.checked("--epsilon") ?? 0.031,
        steps: try Self.count(steps ?? 7, "--steps"),
        stepSize: try stepSize?.checked("--step-size") ?? 0.01, startsAtRandom: !noRandomStart)
    case .cw:
      var budget: CarliniWagner.Budget = self.budget == .torchattacks ? .torchattacks : .paper
      if let searches { budget.searches = try Self.count(searches, "--searches") }
      if let iterations { budget.iterations = try Self.count(iterations, "--iterations") }
      if let constant { budget.constant = try Self.above(0, constant, "--constant") }
      guard (0...1e6).contains(confidence ?? 0) else {
        throw ValidationError("--confidence takes 0 to 1000000")
      }
      return CarliniWagner(
        budget: budget, confidence: confidence ?? 0,
        learningRate: try Self.above(0, learningRate ?? 0.01, "--learning-rate"))
    case .singlePixel: return try blackBox.singlePixel()
    case .localSearch: return try blackBox.localSearch()
    case .onePixel: return try blackBox.onePixel()
    }
  }

  private static func count(_ number: Int, _ option: String) throws -> Int {
    guard (1...100_000).contains(number) else {
      throw ValidationError("\(option) takes 1 to 100000")
    }
    return number
  }

  private static func above(_ bound: Double, _ number: Double, _ option: String) throws -> Double {
    guard number > bound, number <= 1e6 else {
      throw ValidationError("\(option) takes above \(NumberText.plain(bound)) to 1000000")
    }
    return number
  }

  /// Options that are given and are not the method's.
  private func requireOwn() throws {
    let given: [(name: String, isGiven: Bool, methods: [AttackMethod])] = [
      ("--epsilon", epsilon != nil, [.fgsm, .pgd]), ("--steps", steps != nil, [.pgd]),
      ("--step-size", stepSize != nil, [.pgd]), ("--no-random-start", noRandomStart, [.pgd]),
      ("--budget", budget != nil, [.cw]), ("--searches", searches != nil, [.cw]),
      ("--iterations", iterations != nil, [.cw]), ("--constant", constant != nil, [.cw]),
      ("--learning-rate", learningRate != nil, [.cw]), ("--confidence", confidence != nil, [.cw]),
    ]
    for (name, isGiven, methods) in given + blackBox.given
    where isGiven && !methods.contains(method) {
      let owners = methods.map(\.rawValue).joined(separator: " and ")
      throw ValidationError("\(name) is of \(owners), not of \(method.rawValue)")
    }
  }
}
