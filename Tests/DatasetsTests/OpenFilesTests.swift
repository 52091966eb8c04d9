import Datasets
import Testing

@Suite struct OpenFilesTests {
  private struct Fault: Error {}

  @Test func theOneAskedForLongestAgoMakesRoom() throws {
    let files = OpenFiles<Int>(limit: 2)
    var opened: [Int] = []
    func ask(_ number: Int) throws {
      let file = try files.file(number) {
        opened.append(number)
        return number
      }
      #expect(file == number)
    }
    for number in [0, 1, 0, 2, 0, 1, 2] { try ask(number) }
    #expect(opened == [0, 1, 2, 1, 2], "0 was asked for again each time before it was the oldest")
  }

  @Test func whatCouldNotBeOpenedIsTriedAgain() throws {
    let files = OpenFiles<Int>(limit: 1)
    #expect(throws: Fault.self) { try files.file(3) { throw Fault() } }
    #expect(try files.file(3) { 7 } == 7)
  }
}
