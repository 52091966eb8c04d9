import Inference
import Report
import Testing

/// How long nets were trained on each path, in words.
@Suite struct PathsTextTests {
  private func paths(
    _ standard: (Int, Int), _ gated: (Int, Int) = (0, 0), joint: (Int, Int) = (0, 0)
  ) -> PathsTaken {
    func part(_ part: (Int, Int)) -> PathsTaken.Part { .init(epochs: part.0, steps: part.1) }
    return PathsTaken(standard: part(standard), gated: part(gated), joint: part(joint))
  }

  private func sentences(_ network: PathsTaken?, _ baseline: PathsTaken?) -> String {
    PathsText.sentences([("network", network), ("baseline", baseline)])
  }

  @Test func eachPathIsTold() {
    #expect(
      sentences(paths((1, 12), (1, 11)), paths((3, 33))) == """
        Training of the network: STD path 12 steps (1 whole epoch), CSG path 11 steps (1 whole epoch), 23 \
        steps in all; of the baseline: STD path 33 steps (3 whole epochs), 33 steps in all. On the STD path, \
        which is measured, the baseline took 21 steps more; in all it took 10 steps more. Part of what differs \
        may come from that.
        """)
    #expect(
      sentences(paths((2, 20), (2, 20)), paths((4, 40))).hasSuffix(
        "the baseline took 20 steps more; in all both took as many. Part of what differs may come from that."
      ))
    #expect(
      sentences(paths((2, 20), (2, 20)), paths((1, 19))).contains(
        "the baseline took 1 step fewer; in all it took 21 steps fewer."))
  }

  @Test func equalTrainingIsEqual() {
    #expect(
      sentences(paths((2, 20)), paths((2, 20))).hasSuffix(
        "Both took as many steps on the STD path, which is measured."))
    #expect(
      sentences(paths((1, 10), (1, 10)), paths((1, 10))).hasSuffix(
        "as many steps on the STD path, which is measured; in all the baseline took 10 steps fewer."
      ))
  }

  /// A joint step takes the STD path too.
  @Test func jointStepsCountForBoth() {
    #expect(
      sentences(paths((1, 10), joint: (2, 20)), paths((3, 30))) == """
        Training of the network: STD path 10 steps (1 whole epoch), both paths 20 steps (2 whole epochs), 30 steps \
        in all; of the baseline: STD path 30 steps (3 whole epochs), 30 steps in all. Both took as many steps \
        on the STD path, which is measured.
        """)
  }

  @Test func whatIsNotKnownIsNotCompared() {
    #expect(
      sentences(nil, paths((0, 6))) == """
        Training of the network: unknown; of the baseline: STD path 6 steps (0 whole epochs), 6 steps in all.
        """)
    #expect(
      PathsText.sentences([("network", paths((0, 0)))])
        == "Training of the network: no step, 0 steps in all.")
  }
}
