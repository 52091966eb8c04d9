/// The shape of a convolution over some images; its name decodes as
/// `KERNELxKERNEL/STRIDE CHANNELS→FILTERS @HEIGHTxWIDTH`.
package struct ConvolutionShape: Sendable, Hashable, CustomStringConvertible {
  /// C, K, H, W of the input.
  package let channels: Int, filters: Int, height: Int, width: Int
  /// Side of the kernel, stride and padding.
  package let kernel: Int, stride: Int, padding: Int
  /// Images (N) that a measurement runs at a time.
  package let images: Int

  /// A shape; the padding is that of a kernel centred on its outputs unless given.
  package init(
    _ channels: Int, _ filters: Int, at height: Int, _ width: Int? = nil, kernel: Int = 3,
    stride: Int = 1, padding: Int? = nil, images: Int = 2
  ) {
    self.channels = channels
    self.filters = filters
    self.height = height
    self.width = width ?? height
    self.kernel = kernel
    self.stride = stride
    self.padding = padding ?? kernel / 2
    self.images = images
  }

  /// The name.
  package var description: String {
    "\(kernel)x\(kernel)/\(stride) \(channels)→\(filters) @\(height)x\(width)"
  }

  /// The input's map, with the halo that the kernel needs.
  package var input: MapShape {
    channels <= 4
      ? .image(channels: channels, height: height, width: width, halo: padding)
      : MapShape(channels: channels, height: height, width: width, halo: padding)
  }

  /// The convolution of this shape.
  package func convolution(
    _ choice: ConvolutionAlgorithm.Choice, level: CPULevel, givesImageGradient: Bool = false
  ) -> Convolution {
    Convolution(
      input: input, filters: filters, kernel: kernel, stride: stride, padding: padding,
      choice: choice, level: level, givesImageGradient: givesImageGradient)
  }

  /// Whether an algorithm can compute this shape.
  package func isServed(by algorithm: ConvolutionAlgorithm) -> Bool {
    convolution(algorithm.choice, level: .best).algorithm == algorithm
  }

  /// The shapes of the paper's nets: what tests check and `bench kernels` measures.
  package static let ofNets: [ConvolutionShape] = [
    // ResNet-20 … 110 at 32².
    .init(3, 16, at: 32, images: 4), .init(16, 16, at: 32, images: 16),
    .init(16, 32, at: 32, stride: 2, images: 16), .init(32, 32, at: 16, images: 32),
    .init(32, 64, at: 16, stride: 2, images: 32), .init(64, 64, at: 8, images: 64),
    // The same at 28² (Fashion-MNIST).
    .init(1, 16, at: 28, images: 4), .init(32, 32, at: 14, images: 32),
    .init(64, 64, at: 7, images: 64),
    // ResNet-18 and -34 at 224².
    .init(3, 64, at: 224, kernel: 7, stride: 2, images: 1), .init(64, 64, at: 56, images: 2),
    .init(64, 128, at: 56, stride: 2, images: 2),
    .init(64, 128, at: 56, kernel: 1, stride: 2, images: 2), .init(128, 128, at: 28, images: 4),
    .init(128, 256, at: 28, stride: 2, images: 4), .init(256, 256, at: 14, images: 8),
    .init(256, 512, at: 14, stride: 2, images: 8),
    .init(256, 512, at: 14, kernel: 1, stride: 2, images: 8), .init(512, 512, at: 7, images: 8),
    // ResNet-50, -101 and -152 at 128².
    .init(64, 64, at: 32, kernel: 1, images: 4), .init(64, 256, at: 32, kernel: 1, images: 4),
    .init(256, 64, at: 32, kernel: 1, images: 4), .init(256, 128, at: 32, kernel: 1, images: 4),
    .init(128, 128, at: 32, stride: 2, images: 4), .init(128, 512, at: 16, kernel: 1, images: 8),
    .init(512, 256, at: 16, kernel: 1, images: 8), .init(1024, 256, at: 8, kernel: 1, images: 16),
    .init(1024, 512, at: 8, kernel: 1, images: 16), .init(512, 2048, at: 4, kernel: 1, images: 16),
    .init(1024, 2048, at: 8, kernel: 1, stride: 2, images: 16),
    .init(512, 512, at: 4, images: 16),
    // AlexNet at 224².
    .init(3, 64, at: 224, kernel: 11, stride: 4, padding: 2, images: 1),
    .init(64, 192, at: 27, kernel: 5, images: 2), .init(192, 384, at: 13, images: 4),
    .init(384, 256, at: 13, images: 4), .init(256, 256, at: 13, images: 4),
  ]

  /// Shapes that no net has: one row, one pixel, odd sides, channels that fill no block.
  package static let odd: [ConvolutionShape] = [
    .init(16, 32, at: 7, 9, stride: 2), .init(32, 48, at: 5, 11), .init(1, 16, at: 1),
    .init(16, 16, at: 1, 3, stride: 2), .init(2, 7, at: 6, 13, stride: 2),
    .init(4, 20, at: 3, 17), .init(5, 16, at: 9), .init(20, 33, at: 10, 12, images: 3),
    .init(20, 33, at: 11, 12, stride: 2), .init(17, 18, at: 2, 5, kernel: 1),
    .init(17, 18, at: 5, 6, kernel: 1, stride: 2), .init(16, 16, at: 6, 7, kernel: 5),
    .init(20, 16, at: 9, 8, kernel: 5, stride: 2),
    .init(3, 5, at: 15, 17, kernel: 11, stride: 4, padding: 2),
    .init(3, 16, at: 9, 11, kernel: 7, stride: 2), .init(3, 64, at: 10, 12, stride: 2),
    .init(33, 20, at: 4, 4, images: 70),
    // Rows of three taps: widths of tiles, channels, blocks that are summed in parts, paddings.
    .init(3, 16, at: 4, 30), .init(1, 16, at: 5, 7), .init(2, 16, at: 4, 9),
    .init(4, 16, at: 4, 14, padding: 0), .init(16, 16, at: 5, 16), .init(16, 16, at: 3, 14),
    .init(16, 16, at: 4, 2), .init(16, 16, at: 3, 1), .init(80, 16, at: 5, 9),
    .init(16, 80, at: 5, 9), .init(16, 16, at: 6, 9, padding: 0),
    .init(16, 16, at: 6, 9, padding: 2), .init(16, 32, at: 6, 16, stride: 2),
    .init(16, 20, at: 7, 23, stride: 2), .init(16, 16, at: 4, 28, stride: 2),
    .init(16, 16, at: 4, 8, stride: 2), .init(16, 80, at: 6, 13, stride: 2),
    // Weight gradients whose chains wait between parts of the rows.
    .init(16, 16, at: 16, 64), .init(16, 16, at: 16, 64, kernel: 5), .init(3, 16, at: 16, 96),
  ]
}
