import Core

/// What a backward pass starts from. A slot is one gradient that goes down; most seeds have one for
/// each image of the forward pass.
package enum Seed {
  /// Σ cross-entropy over the images, which have these labels, on a path.
  case loss(LabelLoss)
  /// These gradients by the logits of the STD path, [N][C].
  case logits(FloatSlice)
  /// The pooled activation of one filter in each slot.
  case filters(ArraySlice<FilterSeed>)
}

/// Σ cross-entropy of labels on a path.
package struct LabelLoss {
  let labels: ArraySlice<Int32>
  let path: Path
  let gatedWeight: Double
  let addresses: SampleAddresses?

  /// The loss of one label an image; on the CSG path it counts `gatedWeight` times (λ1). `addresses`
  /// are those of the images, for dropout; nil turns it off.
  package init(
    _ labels: ArraySlice<Int32>, path: Path, gatedWeight: Double = 1,
    addresses: SampleAddresses? = nil
  ) {
    self.labels = labels
    self.path = path
    self.gatedWeight = gatedWeight
    self.addresses = addresses
  }

  /// The part of it that some of the images have.
  func of(_ images: Range<Int>) -> LabelLoss {
    LabelLoss(
      labels.dropFirst(images.lowerBound).prefix(images.count), path: path,
      gatedWeight: gatedWeight, addresses: addresses?.of(images))
  }
}

/// A filter of the last convolution at one image of the forward pass.
package struct FilterSeed: Sendable {
  /// Number of the image in the pass; number of the filter.
  package let image: Int, filter: Int

  /// The filter's pooled activation, of this image.
  package init(image: Int, filter: Int) {
    self.image = image
    self.filter = filter
  }
}
