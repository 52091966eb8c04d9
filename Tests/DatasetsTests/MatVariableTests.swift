import Core
import Datasets
import TestSupport
import Testing

/// Annotations of PASCAL-Part whose checksums are right, and which promise more than they hold.
struct MatVariableTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func objects(_ content: [UInt8]) throws -> [PascalObject] {
    try PascalAnnotation.objects(mat: folder.write("a.mat", MatBytes.file(content)))
  }

  private func expectRefused(
    _ content: [UInt8], _ part: String, location: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: CSGError.self, sourceLocation: location) { try objects(content) }
    #expect(
      error?.exitCode == .data && error?.message.contains(part) == true, "\(error as Any)",
      sourceLocation: location)
  }

  /// Two objects as MATLAB writes them: text of two bytes a letter, logicals column by column, a field
  /// that nobody asks for between them, and one that was never filled.
  private static let two = MatBytes.annotation(
    MatBytes.matrix(
      2, [1, 2],
      MatBytes.fields(
        ["class", "parts", "mask"],
        [
          MatBytes.text("cat"), MatBytes.element(14, []), MatBytes.mask(2, 3, [1, 0, 0, 0, 1, 1]),
          MatBytes.text("c\u{f4}w"), MatBytes.matrix(6, [0, 0], MatBytes.element(9, [])),
          MatBytes.mask(1, 1, [7]),
        ])))

  @Test func whatMATLABWritesIsRead() throws {
    let found = try objects(Self.two)
    #expect(found.map(\.number) == [1, 2] && found.map(\.className) == ["cat", "c\u{f4}w"])
    #expect(
      found.map(\.mask) == [
        ObjectMask(height: 2, width: 3, values: [1, 0, 1, 0, 0, 1]),
        ObjectMask(height: 1, width: 1, values: [1]),
      ])
  }

  /// What is asked of a file costs what its bytes call for: each of these is refused at once.
  @Test func promisesAreHeldAgainstTheBytes() {
    let huge = 0x7FFF_FFFF
    func object(_ kind: [UInt8], _ mask: [UInt8]) -> [UInt8] {
      MatBytes.annotation(
        MatBytes.matrix(2, [1, 1], MatBytes.fields(["class", "mask"], [kind, mask])))
    }
    let (cat, pixel) = (MatBytes.text("cat"), MatBytes.mask(1, 1, [1]))
    expectRefused(
      MatBytes.annotation(
        MatBytes.matrix(2, [huge, 1], MatBytes.fields(["class", "mask"], [cat, pixel]))),
      "anno.objects promises 2147483647 elements, more than it holds")
    expectRefused(
      MatBytes.annotation(MatBytes.matrix(2, [huge, huge], MatBytes.fields(["class"], []))),
      "more than it holds")
    expectRefused(
      MatBytes.annotation(MatBytes.matrix(2, [1, -1])), "anno.objects is no matrix")
    expectRefused(
      MatBytes.annotation(MatBytes.matrix(2, [1, 1, 1])), "anno.objects is no matrix")
    expectRefused(
      MatBytes.annotation(
        MatBytes.matrix(2, [1, 1], MatBytes.fields(["class"], [cat], width: huge))),
      "anno.objects is no structure")
    expectRefused(
      MatBytes.annotation(
        MatBytes.matrix(2, [1, 1], MatBytes.fields(["class"], [cat], width: 0))),
      "anno.objects is no structure")
    expectRefused(object(cat, MatBytes.mask(huge, 1, [1])), "anno.objects.mask holds no bytes")
    expectRefused(
      object(cat, MatBytes.matrix(9, [1, 1], MatBytes.element(2, [1], length: huge))),
      "anno.objects.mask holds no bytes")
    expectRefused(
      object(MatBytes.matrix(4, [1, huge], MatBytes.element(4, [99, 0])), pixel),
      "anno.objects.class holds no text")
    expectRefused(
      object(MatBytes.matrix(4, [1, 1], MatBytes.element(4, [0, 0xD8])), pixel),
      "anno.objects.class holds no text")
    expectRefused(object(pixel, cat), "anno.objects.class holds no text")
    expectRefused(
      MatBytes.matrix(9, [1, 1], name: "anno", MatBytes.element(2, [1])), "no structure")
    expectRefused(MatBytes.matrix(2, [1, 1], name: "other"), "has no variable 'anno'")
    expectRefused([], "no variable")
    expectRefused(MatBytes.element(14, [], length: huge), "no variable")
  }

  /// Each bit of the unpacked annotation, flipped under a right checksum.
  @Test func noFlippedBitUnderARightChecksumEndsTheProcess() throws {
    var refused = 0
    for place in Self.two.indices {
      for bit in 0..<8 {
        var damaged = Self.two
        damaged[place] ^= 1 << UInt8(bit)
        do {
          #expect(try objects(damaged).count <= 2)
        } catch let error as CSGError {
          #expect(error.exitCode == .data && error.message.hasPrefix(folder("a.mat")))
          refused += 1
        }
      }
    }
    #expect(refused > Self.two.count, "most of it is tags and extents")
  }

  /// A few bytes that unpack to more than the memory is for.
  @Test func aBombIsRefused() throws {
    let path = try folder.write("a.mat", MatBytes.file(Self.two))
    #expect(try MatContainer.variables(of: path, atMost: Self.two.count + 200) == [Self.two])
    // A deflate block of fixed codes: a zero (8 bits), then copies of the last 258 bytes (8 + 5 bits).
    let zero: [UInt8] = [0, 0, 1, 1, 0, 0, 0, 0]
    let copy: [UInt8] = [1, 1, 0, 0, 0, 1, 0, 1] + [0, 0, 0, 0, 0]
    let bits: [UInt8] = [1, 1, 0] + zero + (0..<400).flatMap { _ in copy }
    var packed: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: bits.count, by: 8) {
      var byte: UInt8 = 0
      for (place, bit) in bits[start...].prefix(8).enumerated() { byte |= bit << UInt8(place) }
      packed.append(byte)
    }
    let bomb = try folder.write("b.mat", MatBytes.file(packed: packed))
    let error = #expect(throws: CSGError.self) {
      try MatContainer.variables(of: bomb, atMost: 100_000)
    }
    #expect(error?.message.hasSuffix("or unpacks to more than 100000 bytes") == true)
  }
}
