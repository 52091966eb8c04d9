import Interpretability
import Testing

/// The legacy generator and ψ against NumPy's and SciPy's.
@Suite struct NumPyRandomTests {
  /// 1,300 normal numbers need some 3,300 words: the state is refilled five times.
  @Test func normalNumbersAreNumPys() throws {
    var random = NumPyRandom(seed: 0)
    let theirs = try GoldenAnalysis.golden.get().values("normal")
    expectEqual(theirs.map { _ in random.normal() }, theirs, within: 3e-7)
  }

  /// numpy.random.RandomState(5489).randint(2**32): the known first words of MT19937.
  @Test func wordsAreTheGenerators() {
    var random = NumPyRandom(seed: 5489)
    #expect((0..<3).map { _ in random.word() } == [3_499_211_612, 581_869_302, 3_890_346_734])
    for _ in 3..<9999 { _ = random.word() }
    #expect(random.word() == 4_123_659_995, "the C++ standard's 10,000th")
  }

  @Test func digammaIsSciPys() throws {
    let golden = try GoldenAnalysis.golden.get()
    let (x, y) = (try golden.values("digamma.x"), try golden.values("digamma.y"))
    for (x, y) in zip(x, y) {
      // Arguments and values were rounded to Float on the way: ψ'(x) ≈ 1/x² + 1/x.
      let rounding = 6e-8 * (abs(y) + 1 / x + 1)
      #expect(abs(digamma(x) - y) < rounding, "ψ(\(x))")
    }
    // −γ, and ψ(1/2) = −γ − 2 ln 2.
    #expect(abs(digamma(1) + 0.577_215_664_901_532_86) < 1e-15)
    #expect(abs(digamma(0.5) + 1.963_510_026_021_423_5) < 1e-15)
    #expect(abs(digamma(10) - 2.251_752_589_066_721_1) < 1e-15)
  }
}
