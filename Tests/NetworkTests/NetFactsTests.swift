import Core
import Kernels
import Testing

import Network

@Suite struct NetFactsTests {
  private func facts(_ name: String, side: Int, classes: Int = 1000) throws -> NetFacts {
    try NetFacts(Architecture(name), height: side, width: side, classes: classes)
  }

  /// He et al., Table 1: 1.8, 3.6, 3.8 (4.1 with the stride on the 3×3), 7.6 and 11.3 ·10⁹; torchvision's
  /// counts of parameters.
  @Test func numbersAreThePublishedOnes() throws {
    let known: [(String, parameters: Int, billions: Double)] = [
      ("resnet18", 11_689_512, 1.82), ("resnet34", 21_797_672, 3.67),
      ("resnet50", 25_557_032, 4.09),
      ("resnet101", 44_549_160, 7.8), ("resnet152", 60_192_808, 11.51),
      ("alexnet", 61_100_840, 0.71),
    ]
    for (name, parameters, billions) in known {
      let found = try facts(name, side: 224)
      #expect(found.parameters == parameters, "\(name)")
      #expect(abs(Double(found.multiplications) / 1e9 - billions) < 0.02, "\(name)")
    }
    let small = try facts("resnet20", side: 32, classes: 10)
    #expect(small.parameters == 269_722 || small.parameters == 272_474, "\(small.parameters)")
    #expect(small.mapHeight == 8 && small.mapWidth == 8)
  }

  /// What the help says of nets with a small stem.
  @Test func smallStemsTakeTenTimesTheWork() throws {
    let (wide, small) = (try facts("resnet18", side: 64), try facts("resnet18-cifar", side: 64))
    #expect(wide.mapHeight == 2 && small.mapHeight == 8)
    let ratio = Double(small.multiplications) / Double(wide.multiplications)
    #expect(ratio > 9 && ratio < 17, "\(ratio)")
  }

  @Test func factsAreOfTheNetItself() throws {
    for name in ["resnet8", "resnet20-projection", "alexnet-cifar"] {
      let network = try Network(
        architecture: Architecture(name), channels: 3, classes: 7, height: 32, width: 32,
        capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
      #expect(
        try facts(name, side: 32, classes: 7).parameters == network.parameterLayout.elementCount)
    }
  }

  @Test func everyNetHasAPurpose() throws {
    for name in Architecture.names { #expect(!(try Architecture(name).purpose.isEmpty)) }
    #expect(throws: CSGError.self) { try facts("alexnet", side: 32) }
  }
}
