import Core
import KernelInterface

/// The shape of one image's activations in blocked layout; see `Layout`.
package struct MapShape: Sendable, Hashable {
  /// C, H and W.
  package let channels: Int, height: Int, width: Int
  /// Width of the border of zeros: as many as the convolutions that read the map need.
  package let halo: Int
  /// Channels a pixel holds in one block: 16, or 4 for an image.
  package let lanes: Int

  /// A map of feature channels in blocks of 16.
  package init(channels: Int, height: Int, width: Int, halo: Int) {
    self.init(channels: channels, height: height, width: width, halo: halo, lanes: Layout.lanes)
  }

  /// A bordered image of at most 4 channels.
  package static func image(channels: Int, height: Int, width: Int, halo: Int) -> MapShape {
    precondition(
      channels <= Layout.narrowLanes, "an image has at most \(Layout.narrowLanes) channels")
    return MapShape(
      channels: channels, height: height, width: width, halo: halo, lanes: Layout.narrowLanes)
  }

  private init(channels: Int, height: Int, width: Int, halo: Int, lanes: Int) {
    precondition(channels > 0 && height > 0 && width > 0, "a map has no empty axis")
    self.channels = channels
    self.height = height
    self.width = width
    self.halo = halo
    self.lanes = lanes
  }

  /// Blocks of channels.
  package var blocks: Int { (channels + lanes - 1) / lanes }
  /// Channels in whole blocks.
  package var paddedChannels: Int { blocks * lanes }
  /// Floats of a row of one block.
  package var rowStride: Int { (width + 2 * halo) * lanes }
  /// Floats of one block.
  package var blockStride: Int { (height + 2 * halo) * rowStride }
  /// Floats of one image.
  package var count: Int { blocks * blockStride }
  /// Pixels of one channel.
  package var pixels: Int { height * width }

  /// The same extent with another halo.
  package func withHalo(_ halo: Int) -> MapShape {
    MapShape(channels: channels, height: height, width: width, halo: halo, lanes: lanes)
  }

  /// Where channel c of pixel (h, w) lies.
  package func index(_ c: Int, _ h: Int, _ w: Int) -> Int {
    c / lanes * blockStride + (h + halo) * rowStride + (w + halo) * lanes + c % lanes
  }

  /// The extent, for kernels; `halo` is that of the bordered maps beside plain ones.
  func extent(halo: Int) -> MapExtent {
    MapExtent(blocks: blocks, rows: height, columns: width, halo: halo)
  }
}

/// The maps of up to `capacity` images: [N][map].
package struct Map: Sendable {
  /// One image's shape.
  package let shape: MapShape
  /// Images.
  package let capacity: Int
  /// All images.
  package let storage: FloatSlice

  /// Maps of zeros in storage of their own.
  package init(_ shape: MapShape, capacity: Int) {
    self.init(shape, capacity: capacity, storage: FloatBuffer(shape.count * capacity).all)
  }

  /// Maps in given storage, which they fill.
  package init(_ shape: MapShape, capacity: Int, storage: FloatSlice) {
    precondition(storage.count == shape.count * capacity, "storage does not fit the maps")
    self.shape = shape
    self.capacity = capacity
    self.storage = storage
  }

  /// Image n.
  package subscript(n: Int) -> FloatSlice { storage[n * shape.count..<(n + 1) * shape.count] }

  /// Some of the images.
  package subscript(images: Range<Int>) -> Map {
    Map(
      shape, capacity: images.count,
      storage: storage[images.lowerBound * shape.count..<images.upperBound * shape.count])
  }

  /// Overwrites the inside of all images by values [N][C][H][W].
  package func write(_ values: [Float]) {
    precondition(values.count == capacity * shape.channels * shape.pixels, "values do not fit")
    for (i, value) in values.enumerated() { storage[place(i)] = value }
  }

  /// The values [N][C][H][W] of all images.
  package func read() -> [Float] {
    (0..<capacity * shape.channels * shape.pixels).map { storage[place($0)] }
  }

  private func place(_ index: Int) -> Int {
    let (map, pixel) = index.quotientAndRemainder(dividingBy: shape.pixels)
    let (n, c) = map.quotientAndRemainder(dividingBy: shape.channels)
    return n * shape.count + shape.index(c, pixel / shape.width, pixel % shape.width)
  }
}
