import Core
import Testing

@Suite struct NumberTextTests {
  @Test func numbersThatAreSetStayWhole() {
    #expect(NumberText.plain(0.00001) == "1e-05" && NumberText.plain([2, 0.125]) == "2, 0.125")
  }

  @Test func decimalsAreAsManyAsAsked() {
    #expect(NumberText.fixed(0.25, 4) == "0.2500" && NumberText.fixed(-1.5, 0) == "-2")
    #expect(NumberText.percent(0.91918) == "91.92 %")
    #expect(NumberText.milliseconds(0.01234) == "12.34 ms")
    #expect(NumberText.scientific(1.23e-7) == "1.2E-7")
    #expect([1.0 / 6, 0.2, 1].map(NumberText.short) == ["0.1667", "0.2", "1"])
  }

  @Test func aDifferenceHasItsSign() {
    #expect(NumberText.signed(-0.125, decimals: 2, unit: " points") == "−0.12 points")
    #expect(NumberText.signed(0.5, decimals: 1) == "+0.5")
    #expect(NumberText.signed(-0.001, decimals: 2) == "+0.00")
  }

  @Test func oneIsNoPlural() {
    #expect((0...2).map { NumberText.count($0, "step") } == ["0 steps", "1 step", "2 steps"])
    #expect([1, 2].map { NumberText.count($0, "class", "classes") } == ["1 class", "2 classes"])
  }

  @Test func timesAndSizesAreWhole() {
    #expect(NumberText.clock(3723) == "1:02:03")
    #expect(NumberText.mebibytes((1 << 20) + 1) == "1 MiB")
    #expect(NumberText.mebibytes((1 << 20) + 1, roundedUp: true) == "2 MiB")
  }
}
