import ArgumentParser
import Attacks
import Core

extension LocalSearchAttack.Form: ExpressibleByArgument {}
extension OnePixelAttack.Base: ExpressibleByArgument {}

/// The numbers of attacks that see logits alone.
struct BlackBoxOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "single-pixel: pixels that are tried (100); one-pixel: pixels that change together (1).",
      valueName: "n"))
  var pixels: Int?

  @Option(
    help: """
      local-search: published: a round goes on from the last one's picture (Algorithm 3); library: from the \
      picture itself, as in advertorch.
      """)
  var form: LocalSearchAttack.Form?

  @Option(help: ArgumentHelp("local-search: size of a probe (1).", valueName: "p"))
  var probe: Float?

  @Option(help: ArgumentHelp("local-search: factor of a change (1.5).", valueName: "r"))
  var factor: Float?

  @Option(
    help: ArgumentHelp("local-search: half the side that is probed next (5).", valueName: "d"))
  var reach: Int?

  @Option(help: ArgumentHelp("local-search: pixels that a round changes (5).", valueName: "t"))
  var pixelsARound: Int?

  @Option(help: ArgumentHelp("local-search: rounds (10).", valueName: "n"))
  var rounds: Int?

  @Option(
    help: ArgumentHelp(
      "local-search: share of the pixels that is probed first (0.1).", valueName: "share"))
  var firstShare: Double?

  @Option(
    help: ArgumentHelp("local-search: pixels that a round probes at most (128).", valueName: "n"))
  var seedsARound: Int?

  @Option(help: ArgumentHelp("one-pixel: members of a generation (400).", valueName: "n"))
  var population: Int?

  @Option(help: ArgumentHelp("one-pixel: generations (75).", valueName: "n"))
  var generations: Int?

  @Option(
    help: ArgumentHelp(
      "one-pixel: how likely a number is the mixture's (1).", valueName: "share"))
  var recombination: Double?

  @Option(
    help: """
      one-pixel: random: a child starts from any member, with the factor 0.5 (Su et al.); best: from the \
      best, with a factor of 0.5 to 1 drawn for each generation (as public code calls SciPy).
      """)
  var base: OnePixelAttack.Base?

  /// Each with the methods that it is of.
  var given: [(name: String, isGiven: Bool, methods: [AttackMethod])] {
    [
      ("--pixels", pixels != nil, [.singlePixel, .onePixel]),
      ("--form", form != nil, [.localSearch]), ("--probe", probe != nil, [.localSearch]),
      ("--factor", factor != nil, [.localSearch]), ("--reach", reach != nil, [.localSearch]),
      ("--pixels-a-round", pixelsARound != nil, [.localSearch]),
      ("--rounds", rounds != nil, [.localSearch]),
      ("--first-share", firstShare != nil, [.localSearch]),
      ("--seeds-a-round", seedsARound != nil, [.localSearch]),
      ("--population", population != nil, [.onePixel]),
      ("--generations", generations != nil, [.onePixel]),
      ("--recombination", recombination != nil, [.onePixel]), ("--base", base != nil, [.onePixel]),
    ]
  }

  func singlePixel() throws -> SinglePixelAttack {
    var attack = SinglePixelAttack()
    if let pixels { attack.pixels = pixels }
    try checked { try attack.validate() }
    return attack
  }

  func localSearch() throws -> LocalSearchAttack {
    var attack = LocalSearchAttack()
    if let form { attack.form = form }
    if let probe { attack.probe = probe }
    if let factor { attack.factor = factor }
    if let reach { attack.reach = reach }
    if let pixelsARound { attack.pixelsARound = pixelsARound }
    if let rounds { attack.rounds = rounds }
    if let firstShare { attack.firstShare = firstShare }
    if let seedsARound { attack.seedsARound = seedsARound }
    try checked { try attack.validate() }
    return attack
  }

  func onePixel() throws -> OnePixelAttack {
    var attack = OnePixelAttack()
    if let pixels { attack.pixels = pixels }
    if let population { attack.population = population }
    if let generations { attack.generations = generations }
    if let recombination { attack.recombination = recombination }
    if let base {
      attack.base = base
      attack.factor = base == .best ? 0.5...1 : 0.5...0.5
    }
    try checked { try attack.validate() }
    return attack
  }

  /// What an attack refuses is the command line's fault.
  private func checked(_ validate: () throws -> Void) throws {
    do {
      try validate()
    } catch let error as CSGError {
      throw ValidationError(error.description)
    }
  }
}
