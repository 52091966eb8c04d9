import Core
import TestSupport
import Testing

struct DigestTests {
  private func digest(_ runs: [[UInt8]]) -> Digest {
    let builder = DigestBuilder()
    for run in runs { builder.update(run) }
    return builder.digest()
  }

  /// `xxh128sum` of the empty input and of "a".
  @Test(
    arguments: [
      ([], "99aa06d3014798d86001c324468d497f"),
      (Array("a".utf8), "a96faf705af16834e6c632b61e964e1f"),
    ] as [([UInt8], String)])
  func knownAnswers(bytes: [UInt8], expected: String) {
    #expect(digest([bytes]).description == expected)
  }

  @Test(arguments: [1, 3, 64, 240, 1024, 5000])
  func cutsDoNotMatter(size: Int) {
    var random = RandomValues(seed: 21)
    let bytes = (0..<5000).map { _ in UInt8(random.below(256)) }
    let runs = stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }
    #expect(digest(runs) == digest([bytes]))
    #expect(digest([[]] + runs + [[]]) == digest([bytes]))
  }

  @Test func everyByteMatters() {
    let bytes = [UInt8](repeating: 0, count: 300)
    let digests = bytes.indices.map { place in
      var changed = bytes
      changed[place] = 1
      return digest([changed])
    }
    #expect(Set(digests + [digest([bytes])]).count == 301)
  }

  @Test func neighbouringTextsDoNotRunTogether() {
    func digest(_ texts: [String]) -> Digest {
      let builder = DigestBuilder()
      for text in texts { builder.update(text) }
      return builder.digest()
    }
    #expect(digest(["ab", "c"]) != digest(["a", "bc"]))
    #expect(digest(["ab", ""]) != digest(["ab"]))
  }

  @Test func askingTwiceChangesNothing() {
    let builder = DigestBuilder()
    builder.update([1.5, -2] as [Float])
    let first = builder.digest()
    #expect(builder.digest() == first)
    builder.update([Float(0)])
    #expect(builder.digest() != first)
  }

  @Test func smallWordsKeepTheirZeros() {
    #expect(Digest(high: 1, low: 0xab).description == "000000000000000100000000000000ab")
  }
}
