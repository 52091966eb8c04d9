import Communicator
import Core
import TestSupport
import Testing

/// Collective, as all tests here.
@Suite(.serialized) struct OrderedAllReduceTests {
  let communicator: Communicator

  init() throws { communicator = try Communicator() }

  /// Each rank in its own pace: none ready early, all at once, or in random increments with polls
  /// between; the same plan step after step.
  @Test(arguments: [4, 5, 6, 7], [1, 5, 64, 1001, 20_011])
  func theSumDependsOnReplicasAlone(_ replicas: Int, _ count: Int) throws {
    try compare(replicas, count, isThreaded: false)
  }

  @Test(arguments: [4, 7], [5, 20_011])
  func aThreadOfItsOwnMakesTheSameSum(_ replicas: Int, _ count: Int) throws {
    try compare(replicas, count, isThreaded: true)
  }

  private func compare(_ replicas: Int, _ count: Int, isThreaded: Bool) throws {
    let tree = ReductionTree(replicas: replicas, ranks: communicator.size)
    let subtrees = tree.slots(of: communicator.rank)
    var random = RandomValues(seed: UInt64(communicator.rank * 100 + replicas))
    for bucket in [1 << 20, count, 1 + count / 3, 17, 1] where count / bucket < 2000 {
      let slots = FloatBuffer(subtrees.count * count).all
      let sum = try OrderedAllReduce(communicator, tree: tree, slots: slots, bucket: bucket)
      let thread = isThreaded ? try CommunicationThread(sum) : nil
      defer { thread?.end() }
      let allReduce: any OverlappedSum = thread ?? sum
      for step in 0..<4 {
        let values = try ReplicaValues(
          communicator, replicas: replicas, count: count, step: step)
        let narrow = step < 3 ? 0 : count * 2 / 3
        slots.copy(from: subtrees.flatMap { values.sum($0, rounding: narrow) })
        allReduce.begin(count: count, narrow: narrow)
        var end = 0
        while step > 0 && end < count {
          let most = step == 1 ? count : max(2, count / 5)
          end = min(count, end + 1 + random.below(most))
          try allReduce.ready(upTo: end)
          for _ in 0..<random.below(4) { try allReduce.poll() }
        }
        try allReduce.finish()
        let isRight = slots[0..<count].array == values.sum(0..<replicas, rounding: narrow)
        #expect(isRight, "bucket \(bucket), step \(step)")
      }
    }
  }

  /// A poll alone brings a bucket to its end: nothing is left for `finish` to wait for.
  @Test func pollingMovesABucket() throws {
    let tree = ReductionTree(replicas: 4, ranks: communicator.size)
    let subtrees = tree.slots(of: communicator.rank)
    let values = try ReplicaValues(communicator, replicas: 4, count: 100, step: 9)
    let slots = FloatBuffer(subtrees.flatMap { values.sum($0) }).all
    let allReduce = try OrderedAllReduce(communicator, tree: tree, slots: slots, bucket: 40)
    allReduce.begin(count: 100)
    try allReduce.ready(upTo: 90)
    let expected = values.sum
    while slots[0..<80].array != Array(expected[0..<80]) { try allReduce.poll() }
    try allReduce.finish()
    #expect(slots[0..<100].array == expected)
  }

  /// What lands before `finish` was on its way under other work; what leaves in the end is waited for from its
  /// first moment on. One rank waits for nobody.
  @Test func flightsAreTimed() throws {
    let tree = ReductionTree(replicas: 4, ranks: communicator.size)
    let slots = FloatBuffer(tree.slots(of: communicator.rank).count * 100).all
    let allReduce = try OrderedAllReduce(communicator, tree: tree, slots: slots, bucket: 40)
    let isAlone = communicator.size == 1
    allReduce.begin(count: 100)
    try allReduce.ready(upTo: 90)
    while !isAlone && allReduce.flightTime.hidden == 0 { try allReduce.poll() }
    let before = allReduce.flightTime
    #expect(before.nanoseconds == before.hidden)
    try allReduce.finish()
    #expect(allReduce.flightTime.hidden == before.hidden)
    #expect((allReduce.flightTime.nanoseconds > before.nanoseconds) == !isAlone)
  }
}
