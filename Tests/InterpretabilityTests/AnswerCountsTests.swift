import Communicator
import Interpretability
import TestSupport
import Testing

@Suite struct AnswerCountsTests {
  /// Within 1/128 below the value that an exact selection finds.
  @Test(arguments: [0.001, 0.05, 0.3, 0.7])
  func thresholdsAreThoseOfAnExactSelection(_ share: Double) throws {
    let (filters, places, images) = (3, 16, 40)
    var random = RandomValues(seed: 7)
    var counts = AnswerCounts(filters: filters)
    var columns = [[Float]](repeating: [], count: filters)
    for _ in 0..<images {
      let map = (0..<filters * places).map { i in
        max(0, Float(random.unit()) * [0.01, 1, 300][i / places] + [0, 2, 0][i / places])
      }
      counts.add(map)
      for k in 0..<filters { columns[k] += map[k * places..<(k + 1) * places] }
    }
    let found = try counts.thresholds(share: share, Communicator())
    for k in 0..<filters {
      let exact = LargestShare(share)(columns[k])
      #expect(found[k] <= exact && found[k] >= exact * (127.0 / 128), "\(found[k]), \(exact)")
    }
  }

  @Test func silenceAndWhatIsTooLargeHaveStepsOfTheirOwn() throws {
    var counts = AnswerCounts(filters: 2)
    counts.add([0, 0, 1e-6, 5, 1e9, 1e9, 0, 0])
    let communicator = try Communicator()
    #expect(try counts.thresholds(share: 0.25, communicator) == [5, 65280])
    #expect(try counts.thresholds(share: 0.75, communicator) == [0, 0])
  }
}
