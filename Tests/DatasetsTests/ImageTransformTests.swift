import Core
import Datasets
import Foundation
import TestSupport
import Testing

struct ImageTransformTests {
  private func transform(
    _ sets: [String], seed: UInt64? = nil, storage: ImageStorage = .jpeg, side: Int = 61
  ) throws -> ImageTransform {
    let data = try ResolvedConfiguration(sets: sets).values.data
    return try ImageTransform(
      data,
      manifest: Manifest(
        split: "train", classes: ["a", "b"], height: side, width: side, channels: 3,
        storage: storage, size: nil, mean: [0, 0, 0], std: [1, 1, 1], source: "", shards: [],
        skipped: nil),
      trainingSeed: seed)
  }

  private func image(
    _ transform: ImageTransform, _ picture: Picture, sample: Int = 0, epoch: Int = 0
  ) -> Picture {
    var pixels = [UInt8](repeating: 7, count: transform.imageBytes + 2)
    transform.apply(picture, draw: sample, epoch: epoch, into: &pixels, at: 1)
    #expect(pixels.first == 7 && pixels.last == 7, "bytes beside the image are untouched")
    return Picture(
      height: transform.height, width: transform.width, channels: 3,
      pixels: Array(pixels.dropFirst().dropLast()))
  }

  private func drawing() throws -> Picture {
    try Picture(path: Places.golden("pictures/drawing.png"))
  }

  /// torchvision's `Resize` and `CenterCrop`, by Pillow (Tests/Golden/pictures.py).
  @Test(arguments: [(32, 40), (33, 40), (24, 47), (40, nil)])
  func evaluationShowsTheMiddleOfAResize(side: Int, resize: Int?) throws {
    let sets = ["data.image_size=\(side)"] + (resize.map { ["data.resize=\($0)"] } ?? [])
    let short = resize ?? side * 8 / 7
    let golden = "pictures/center-\(short)-\(side).ppm"
    #expect(try image(transform(sets), drawing()) == Picture(portable: golden))
  }

  @Test func picturesOfTheRightSizeAreLeftAlone() throws {
    let square = try drawing().resized(height: 61, width: 61, filter: .bilinear)
    #expect(try image(transform([], storage: .raw), square) == square)
    #expect(try image(transform(["data.image_size=61"], storage: .raw), square) == square)
  }

  /// A large enlargement, of which the image shows a small part.
  @Test func evaluationMakesTheMiddleAlone() throws {
    let transform = try transform(["data.image_size=24", "data.resize=65536"])
    let middle = try image(transform, drawing())
    #expect(middle == (try drawing().centered(side: 24, resize: 65_536)))
  }

  @Test(arguments: [8, 300]) func theWorkIsCounted(side: Int) throws {
    for sets in [["data.image_size=24"], ["data.image_size=100", "data.resize=200"]] {
      let transform = try transform(sets, side: side)
      let manifest = Manifest(
        split: "train", classes: ["a", "b"], height: side, width: side, channels: 3,
        storage: .jpeg, size: nil, mean: [0, 0, 0], std: [1, 1, 1], source: "", shards: [],
        skipped: nil)
      let (file, picture) = (3 * side * side, 3 * side * side)
      let narrow = 3 * side * transform.width
      #expect(transform.workBytes(manifest) >= file + picture + narrow + transform.imageBytes)
    }
  }

  private static let crop = ["data.crop_padding=0", "data.random_resized_crop={}"]

  @Test func aRandomCropIsAFunctionOfSeedEpochAndSample() throws {
    let picture = try drawing()
    let sets = Self.crop + ["data.image_size=24"]
    let one = try transform(sets, seed: 3)
    #expect(image(one, picture) == image(try transform(sets, seed: 3), picture))
    let others = [
      image(one, picture, sample: 1), image(one, picture, epoch: 1),
      image(try transform(sets, seed: 4), picture),
    ]
    for other in others { #expect(other != image(one, picture)) }
  }

  @Test func aRandomCropIsTheResizedBoxOrItsMirror() throws {
    let picture = try drawing()
    let one = try transform(Self.crop + ["data.image_size=24"], seed: 3)
    let crop = try #require(
      ResolvedConfiguration(sets: Self.crop).values.data.randomResizedCrop)
    let random = AddressedRandom(seed: 3, purpose: .augmentation, stream: 5)
    var mirrored = 0
    for sample in 0..<40 {
      let box = crop.box(height: 61, width: 47) { random.words(sample, attempt: 1 + $0) }
      let resized = picture.resized(height: 24, width: 24, filter: .bilinear, box: box)
      let found = image(one, picture, sample: sample, epoch: 5)
      if found == resized { continue }
      mirrored += 1
      var rows: [UInt8] = []
      for row in 0..<24 {
        for column in (0..<24).reversed() {
          let start = 3 * (row * 24 + column)
          rows += resized.pixels[start..<start + 3]
        }
      }
      #expect(found.pixels == rows)
    }
    #expect((8...32).contains(mirrored))
  }

  @Test func keysThatDoNotFitTheDataAreNamed() throws {
    func message(_ sets: [String], storage: ImageStorage) -> String {
      let error = #expect(throws: CSGError.self) {
        try transform(sets, seed: 1, storage: storage)
      }
      #expect(error?.exitCode == .configuration && error?.remedy != nil)
      return error?.message ?? ""
    }
    #expect(message([], storage: .jpeg).hasPrefix("data.image_size: is not set"))
    #expect(message(["data.image_size=24"], storage: .raw).hasPrefix("data.crop_padding: "))
    #expect(throws: Never.self) { try transform(["data.image_size=24"], storage: .raw) }
  }
}
