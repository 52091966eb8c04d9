import Core
import Testing

@Suite struct CheckedProductTests {
  @Test(
    arguments: [
      ([], 1), ([3, 4, 5], 60), ([7, 0, 9], 0), ([2, -1], nil), ([1 << 32, 1 << 31], nil),
      ([.max, 1], .max), ([.max, 2, 0], nil),
    ] as [([Int], Int?)])
  func isNilWhereItCannotBeASize(_ factors: [Int], _ product: Int?) {
    #expect(factors.checkedProduct() == product)
  }
}
