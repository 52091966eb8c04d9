import Core
import Testing

@Suite struct TensorPlaceTests {
  @Test(
    arguments: [
      ([16, 3, 3, 3], 0, "[0, 0, 0, 0] (element 0)"),
      ([16, 3, 3, 3], 86, "[3, 0, 1, 2] (element 86)"),
      ([10, 64], 639, "[9, 63] (element 639)"), ([64], 19, "[19]"), ([], 0, "element 0"),
    ] as [([Int], Int, String)])
  func tellsEveryAxis(_ shape: [Int], _ index: Int, _ place: String) {
    #expect(shape.place(of: index) == place)
  }
}
