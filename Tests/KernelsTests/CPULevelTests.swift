import Core
import Kernels
import Testing

@Suite struct CPULevelTests {
  @Test func theEnvironmentChooses() throws {
    #expect(try CPULevel.select(environment: [:]) == CPULevel.best)
    #expect(try CPULevel.select(environment: ["CSG_CPU": "avx2"]) == .avx2)
    #expect(try CPULevel.select(environment: ["CSG_CPU": "baseline"]) == .baseline)
    #expect(throws: CSGError.self) { try CPULevel.select(environment: ["CSG_CPU": "mmx"]) }
  }
}
