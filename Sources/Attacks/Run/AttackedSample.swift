import Core
import Inference

/// All that a run keeps of one sample.
package struct AttackedSample: Sendable, Equatable {
  /// Number in the split; its label; the class that it was to be taken for, −1 for any but its label.
  package var sample: Int32, label: Int32, target: Int32
  /// Whether the net was right on it; whether it was attacked.
  package var wasCorrect = false, wasAttacked = false
  /// Whether the net is fooled by the picture; by the picture rounded to bytes.
  package var isSuccess = false, isRoundedSuccess = false
  /// Whether random signs as large were tried; whether the net is fooled by those.
  package var hasNoise = false, isNoiseSuccess = false
  /// Whether the attack was blind; whether the picture is not where it may be.
  package var sawNoGradient = false, isOutside = false
  /// Questions to the net.
  package var queries: Int64 = 0
  /// Pixels that changed; distances.
  package var l0: Int32 = 0
  package var l2 = 0.0, linf = 0.0
  /// The net's logits of the sample, of the attacked picture, and of that rounded to bytes [C].
  package var logits: [Float], logitsAfter: [Float], logitsRounded: [Float]
  /// The attacked picture, in [0, 1], [C][H][W].
  package var picture: [Float]
  /// The sample's picture in bytes, [C][H][W].
  package var original: [UInt8]

  /// A sample as it is before any attack: its picture in bytes, and in [0, 1].
  package init(sample: Int, label: Int32, original: [UInt8]) {
    (self.sample, self.label, target) = (Int32(sample), label, -1)
    (logits, logitsAfter, logitsRounded) = ([], [], [])
    picture = Self.values(original)
    self.original = original
  }

  /// Takes over what an attack of such a radius made of it; whether that fools the net is asked later.
  package mutating func note(
    _ attacked: Attacked, of victim: Victim, channels: Int, radius: Float?
  ) {
    let change = Change(from: victim.picture, to: attacked.picture, channels: channels)
    wasAttacked = true
    picture = attacked.picture
    queries = Int64(attacked.queries)
    sawNoGradient = attacked.sawNoGradient
    (l0, l2, linf) = (Int32(change.l0), change.l2, change.linf)
    logitsAfter = attacked.logits ?? []
    let isInBox = attacked.picture.allSatisfy { $0 >= 0 && $0 <= 1 }
    isOutside = !isInBox || radius.map { change.linf > Double($0) } ?? false
  }

  /// A picture in [0, 1] as the nearest bytes.
  package static func rounded(_ picture: [Float]) -> [UInt8] {
    picture.map { UInt8(min(max(($0 * 255).rounded(), 0), 255)) }
  }

  /// A picture of bytes in [0, 1].
  package static func values(_ bytes: [UInt8]) -> [Float] {
    bytes.map { ImageNormalizer.units[Int($0)] }
  }
}

// MARK: As bytes

extension AttackedSample {
  /// Bytes of a sample with so many classes and values of a picture.
  package static func byteCount(classes: Int, values: Int) -> Int {
    3 * 4 + 8 + 8 + 4 + 2 * 8 + 3 * 4 * classes + 5 * values
  }

  private var flags: [Bool] {
    [
      wasCorrect, wasAttacked, isSuccess, isRoundedSuccess, hasNoise, isNoiseSuccess,
      sawNoGradient, isOutside,
    ]
  }

  /// Little-endian, one field after the other.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func add(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    for number in [sample, label, target] { add(number) }
    for flag in flags { add(UInt8(flag ? 1 : 0)) }
    add(queries)
    add(l0)
    for number in [l2, linf] { add(number.bitPattern) }
    for values in [logits, logitsAfter, logitsRounded, picture] {
      for value in values { add(value.bitPattern) }
    }
    return bytes + original
  }

  /// From `bytes` of a sample with so many classes and values of a picture.
  package init(bytes: ArraySlice<UInt8>, classes: Int, values: Int) {
    precondition(
      bytes.count == Self.byteCount(classes: classes, values: values), "a sample does not fit")
    var place = bytes.startIndex
    func next<Number: FixedWidthInteger>(_: Number.Type) -> Number {
      let size = MemoryLayout<Number>.size
      defer { place += size }
      return bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | Number($1) }
    }
    func nextFloats(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(bitPattern: next(UInt32.self)) }
    }
    func nextSigned() -> Int32 { Int32(bitPattern: next(UInt32.self)) }
    (sample, label, target) = (nextSigned(), nextSigned(), nextSigned())
    let flags = (0..<8).map { _ in next(UInt8.self) == 1 }
    (wasCorrect, wasAttacked, isSuccess, isRoundedSuccess) = (
      flags[0], flags[1], flags[2], flags[3]
    )
    (hasNoise, isNoiseSuccess, sawNoGradient, isOutside) = (flags[4], flags[5], flags[6], flags[7])
    queries = Int64(bitPattern: next(UInt64.self))
    l0 = nextSigned()
    l2 = Double(bitPattern: next(UInt64.self))
    linf = Double(bitPattern: next(UInt64.self))
    (logits, logitsAfter) = (nextFloats(classes), nextFloats(classes))
    (logitsRounded, picture) = (nextFloats(classes), nextFloats(values))
    original = Array(bytes[place...])
  }
}
