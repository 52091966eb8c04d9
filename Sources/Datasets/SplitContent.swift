import Core

extension Dataset {
  /// XXH3-128 over the pixels of all samples in order (HWC bytes, decoded), then over all labels
  /// (Int32, little-endian): what a split shows, however it is cut into shards. Reads every sample.
  /// - Throws: As `picture`.
  package func contentDigest() throws -> Digest {
    let builder = DigestBuilder()
    for sample in 0..<count { builder.update(try picture(sample).pixels) }
    builder.update((0..<count).map { label($0).littleEndian })
    return builder.digest()
  }

  /// `contentDigest` of CIFAR-10's own test set, the 10,000 samples of `test_batch.bin` in their order.
  /// `InteropTests.theTestSetOfCIFAR10IsKnownByItsContent` computes it anew from that file.
  package static let cifar10TestDigest = Digest(
    high: 0x55e8_6032_b359_bb32, low: 0xbad9_c558_6b9d_01d4)

  /// Whether the samples are those of CIFAR-10's own test set, and not others in its layout. Reads them
  /// all where the manifest does not rule it out.
  package func isCIFAR10Test() throws -> Bool {
    guard manifest.source == "CIFAR-10 binary", count == 10_000, !manifest.holdsFiles else {
      return false
    }
    return try contentDigest() == Self.cifar10TestDigest
  }
}
