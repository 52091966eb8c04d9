import Testing

import Report

@Suite struct LetterWarningTests {
  @Test func namesThatNoFontHasAreTold() {
    #expect(LetterWarning.text(["car", "café", "собака"]) == nil)
    let strange = "\u{10FFFD}"
    let one = LetterWarning.text(["car", "\(strange)1"])
    #expect(one?.hasPrefix("no font here has all letters of '\(strange)1': PNG pictures") == true)
    let more = LetterWarning.text(["\(strange)1", "car", "\(strange)2", "\(strange)3"])
    #expect(more?.hasPrefix("no font here has all letters of '\(strange)1' and of 2 more:") == true)
  }
}
