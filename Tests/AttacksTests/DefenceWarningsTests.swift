import Attacks
import Testing

@Suite struct DefenceWarningsTests {
  private func names(_ found: DefenceWarnings.Found...) -> [String] {
    DefenceWarnings.all(found, on: .baseline).map(\.name)
  }

  private func box(_ successes: Int) -> DefenceWarnings.Found {
    .init("single-pixel", .singlePixel, attacked: 50, successes: successes)
  }

  private func pgd(_ epsilon: Double, _ successes: Int, blind: Int = 0) -> DefenceWarnings.Found {
    .init(
      "pgd-\(epsilon)", .pgd, epsilon: epsilon, attacked: 50, successes: successes,
      zeroGradients: blind)
  }

  @Test func strongAttacksRaiseNone() {
    #expect(names(box(10), pgd(0.01, 10), pgd(0.03, 40)) == [])
    #expect(names(box(10)) == [], "nothing to hold a black box against")
  }

  @Test func aBlindAttackIsNamedWithItsCount() {
    let found = DefenceWarnings.all([pgd(0.03, 10, blind: 7)], on: .network)
    #expect(found.map(\.name) == ["zero-gradients"])
    #expect(found[0].text.contains("of the network for 7 of 50"))
  }

  /// The best of those that see the gradient counts, whatever its radius.
  @Test func aBlackBoxThatWinsIsNamed() {
    #expect(names(box(11), pgd(0.01, 5), pgd(0.03, 10)) == ["black-box-wins"])
    #expect(names(box(10), pgd(0.01, 5), pgd(0.03, 10)) == [])
  }

  /// Of one method alone.
  @Test func aSmallerRadiusThatWinsIsNamed() {
    #expect(names(pgd(0.03, 9), pgd(0.01, 10)) == ["smaller-radius-wins"])
    let fgsm = DefenceWarnings.Found("fgsm", .fgsm, epsilon: 0.01, attacked: 50, successes: 10)
    #expect(names(pgd(0.03, 9), fgsm) == [])
  }
}
