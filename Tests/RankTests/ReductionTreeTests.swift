import Communicator
import Testing

/// Pure: every rank runs them alike.
@Suite struct ReductionTreeTests {
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 33])
  func slotsCoverTheReplicasAndAdditionsFinishTheTree(_ replicas: Int) {
    for ranks in 1...replicas {
      let tree = ReductionTree(replicas: replicas, ranks: ranks)
      #expect(tree.slots.flatMap(Array.init) == Array(0..<replicas))
      #expect(tree.slotsOfRank.reduce(0, +) == tree.slots.count)
      #expect(tree.slotsOfRank.allSatisfy { $0 >= 1 })
      #expect(tree.additions.count == tree.slots.count - 1)

      // As expressions: the tree over R leaves is the same text for every rank count.
      var terms = tree.slots.map(expression)
      for addition in tree.additions {
        terms[addition.into] = "(\(terms[addition.into])+\(terms[addition.from]))"
      }
      #expect(terms[0] == expression(0..<replicas), "\(replicas) replicas on \(ranks) ranks")
    }
  }

  private func expression(_ range: Range<Int>) -> String {
    if range.count == 1 { return "\(range.lowerBound)" }
    var power = 1
    while 2 * power < range.count { power *= 2 }
    let middle = range.lowerBound + power
    return "(\(expression(range.lowerBound..<middle))+\(expression(middle..<range.upperBound)))"
  }

  @Test func powersOfTwoGiveOneSlotARank() {
    #expect(ReductionTree(replicas: 8, ranks: 4).slotsOfRank == [1, 1, 1, 1])
    #expect(ReductionTree(replicas: 4, ranks: 3).slotsOfRank == [1, 1, 1])
    #expect(ReductionTree(replicas: 6, ranks: 4).slotsOfRank == [1, 2, 1, 1])
  }
}
