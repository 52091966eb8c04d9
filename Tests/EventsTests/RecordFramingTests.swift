import Events
import TestSupport
import Testing

/// Frames and their checks, against published bytes.
@Suite struct RecordFramingTests {
  /// RFC 3720, Appendix B.4; the last is the catalogue's check of "123456789".
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      ([UInt8](0..<32), 0x46DD_794E), ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
      (Array("123456789".utf8), 0xE306_9283), ([], 0),
    ] as [([UInt8], UInt32)])
  func checksAreThePublishedOnes(bytes: [UInt8], check: UInt32) {
    #expect(CRC32C.checksum(bytes) == check)
  }

  /// Every event file of TensorFlow begins so: a record of 24 bytes.
  @Test func theFrameIsTensorFlows() {
    let record = RecordFraming.frame([UInt8](repeating: 9, count: 24))
    #expect(record.count == 24 + 16)
    #expect(record.starts(with: [24, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22, 9]))
  }

  @Test func recordsComeBack() {
    let parts: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 7, count: 70_000)]
    let file = parts.flatMap { RecordFraming.frame($0) }
    let records = RecordFraming.records(in: file)
    #expect(records.map { Array(file[$0.data]) } == parts)
    #expect(records.map(\.record.count) == parts.map { $0.count + 16 })
    #expect(records.last?.record.upperBound == file.count)
  }

  /// A process that was killed leaves the records before the one that it wrote.
  @Test func aCutFileIsReadUpToTheCut() {
    let first = RecordFraming.frame([1, 2, 3])
    let second = RecordFraming.frame([4, 5])
    for count in 0..<second.count {
      #expect(RecordFraming.records(in: first + second.prefix(count)).map(\.data) == [12..<15])
    }
  }

  /// A length without bounds among them.
  @Test func anyDamagedByteIsNoticed() {
    let file = RecordFraming.frame([1, 2, 3])
    for place in file.indices {
      var damaged = file
      damaged[place] ^= 0x80
      #expect(RecordFraming.records(in: damaged).isEmpty, "byte \(place)")
    }
  }
}
