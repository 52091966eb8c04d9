import Report
import Testing

@Suite struct ReportTextTests {
  @Test func intervalsAreShort() {
    #expect(ReportText.interval([1.0 / 6, 0.2]) == "[0.1667, 0.2]")
    #expect(ReportText.interval([0.1, 1]) == "[0.1, 1]")
    #expect(ReportText.interval([0.001, 10]) == "[0.001, 10]")
    #expect(ReportText.interval(nil) == ReportText.none)
  }

  @Test func longListsAreCut() {
    #expect(ReportText.list([]) == ReportText.none)
    #expect(ReportText.list(["a"]) == "a")
    #expect(ReportText.list(["a", "b", "c"]) == "a, b and c")
    #expect(ReportText.list(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more")
    #expect(ReportText.list(["a", "b"], most: 1) == "a and 1 more")
  }
}
