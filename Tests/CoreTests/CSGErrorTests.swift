import Core
import Testing

struct CSGErrorTests {
  @Test func aRemedyFollowsTheMessage() {
    #expect(CSGError(.failure, "broken").description == "broken")
    #expect(CSGError(.failure, "broken", remedy: "mend it").description == "broken; mend it")
  }

  @Test func dataErrorsNameTheirFileAndConfigurationErrorsTheirKey() {
    let data = CSGError.data("a/b.h5", "is cut")
    #expect(data.exitCode == .data && data.message == "a/b.h5: is cut")
    let key = CSGError.configuration("gate.period", "0 is not 1 or more")
    #expect(key.exitCode == .configuration && key.message == "gate.period: 0 is not 1 or more")
  }

  /// sysexits(3); scripts and schedulers rely on these.
  @Test(
    arguments: [
      (ExitCode.failure, 1), (.usage, 64), (.data, 65), (.noInput, 66), (.cannotCreate, 73),
      (.inputOutput, 74), (.temporary, 75), (.configuration, 78),
    ] as [(ExitCode, Int32)])
  func exitCodesAreThoseOfSysexits(code: ExitCode, number: Int32) {
    #expect(code.rawValue == number)
  }
}
