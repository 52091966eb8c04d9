import Core
import Testing

/// Classes by name and by number.
@Suite struct ClassLabelTests {
  private static let names = [
    "airplane", "cat", "Dog", "dog", "T-shirt, top", "8", "bird", "x", "y",
  ]

  @Test(arguments: [
    ("cat", 1), ("CAT", 1), ("1", 1), ("Dog", 2), ("dog", 3), ("label:8", 8), ("name:8", 5),
    ("T-shirt, top", 4), ("0", 0), ("name:cat", 1),
  ])
  func aWordThatMeansOne(_ word: String, _ label: Int) throws {
    #expect(try ClassLabel.label(word, among: Self.names) == label)
    #expect(try ClassLabel.labels(word, among: Self.names) == [label])
  }

  @Test func lists() throws {
    #expect(try ClassLabel.labels("cat,6, dog", among: Self.names) == [1, 6, 3])
    #expect(try ClassLabel.labels("0", among: ["0", "1"]) == [0], "both are the same class")
  }

  @Test(arguments: [
    ("8", "'8' is the name of class 5, and the number of 'y' (8)", "write name:8 or label:8"),
    ("DOG", "'DOG' may be 'Dog' (2) or 'dog' (3)", "write it as the class is written"),
    ("birt", "'birt' is no class", "did you mean 'bird' (6)?"),
    ("9", "'9' is no class", "give numbers from 0 to 8, or names: airplane, cat, Dog"),
    ("-1", "'-1' is no class", "give numbers from 0 to 8"), ("", "'' is no class", "give numbers"),
    ("label:cat", "'label:cat' is no class", "give numbers"),
  ])
  func aWordThatMeansNoneOrTwo(_ word: String, _ message: String, _ remedy: String) {
    let fault = #expect(throws: ClassLabel.Fault.self) {
      try ClassLabel.label(word, among: Self.names)
    }
    #expect(fault?.message == message)
    #expect(fault?.remedy.hasPrefix(remedy) == true, "\(fault?.remedy ?? "")")
  }
}
