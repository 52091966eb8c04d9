import Core
import Datasets
import Foundation
import Inference
import Storage
import Testing

/// Keys and manifest settled into numbers.
@Suite struct PreprocessingKeysTests {
  private func manifest(storage: ImageStorage?, side: Int, size: Int?) throws -> Manifest {
    var manifest = try JSONDecoder().decode(
      Manifest.self,
      from: Data(
        """
        {"format": "", "version": 1, "split": "train", "classes": ["a", "b"], "count": 1,
        "height": \(side), "width": \(side), "channels": 3, "mean": [0.1, 0.2, 0.3],
        "std": [0.5, 0, 0.25], "source": "", "shards": [], "fingerprint": ""}
        """.utf8))
    manifest.storage = storage
    manifest.size = size
    return manifest
  }

  private func keys(_ sets: String...) throws -> Configuration.Data {
    try ResolvedConfiguration(sets: sets).values.data
  }

  @Test func whatIsLeftOpenIsSettledFromTheManifest() throws {
    let raw = try manifest(storage: .raw, side: 32, size: nil)
    #expect(
      try Preprocessing(keys(), manifest: raw)
        == Preprocessing(
          stored: .init(jpeg: false, size: 32), height: 32, width: 32, resize: nil,
          mean: [0.1, 0.2, 0.3], std: [0.5, 1, 0.25]))
    let framed = try Preprocessing(
      keys("data.image_size=56", "data.mean=[0,0,1]"),
      manifest: manifest(storage: .raw, side: 73, size: 73))
    #expect(framed.stored == .init(jpeg: false, size: 73) && framed.mean == [0, 0, 1])
    #expect((framed.height, framed.width) == (56, 56) && framed.resize == 64)
    let files = try Preprocessing(
      keys("data.image_size=56", "data.resize=60"),
      manifest: manifest(storage: .jpeg, side: 500, size: nil))
    #expect(files.stored == .init(jpeg: true, size: nil) && files.resize == 60)
  }

  @Test func keysChangeWhatWasSettled() throws {
    let settled = try Preprocessing(
      keys(), manifest: manifest(storage: .raw, side: 32, size: nil))
    #expect(try settled.changed(by: keys()) == settled)
    let larger = try settled.changed(by: keys("data.image_size=64", "data.std=[1,2,3]"))
    #expect((larger.height, larger.resize) == (64, 73) && larger.std == [1, 2, 3])
    #expect(try settled.changed(by: keys("data.image_size=32")) == settled)
    for fault in ["data.mean=[0]", "data.std=[1,0,1]"] {
      let error = #expect(throws: CSGError.self) { try settled.changed(by: keys(fault)) }
      #expect(error?.exitCode == .configuration, "\(fault)")
    }
  }

  /// What is seen of a picture is as large, whatever a split stores.
  @Test func anotherSplitIsFramedAsTheTrainingWas() throws {
    let (small, large) = (
      try manifest(storage: .raw, side: 64, size: 64),
      try manifest(storage: .raw, side: 73, size: 73)
    )
    let files = try manifest(storage: .jpeg, side: 500, size: nil)
    let keys = try keys("data.image_size=64")
    let whole = try Preprocessing(keys, manifest: small)
    #expect(whole.resize == nil)
    #expect(keys.framed(as: whole, small).resize == nil)
    #expect(
      keys.framed(as: whole, large).resize == 64 && keys.framed(as: whole, files).resize == 64)
    let cut = try Preprocessing(keys, manifest: large)
    #expect(cut.resize == 73)
    for manifest in [small, large, files] { #expect(keys.framed(as: cut, manifest).resize == 73) }
    // Another side, or a key, says otherwise.
    let others = try [
      self.keys("data.image_size=56"), self.keys("data.image_size=64", "data.resize=70"),
      self.keys(),
    ]
    for other in others { #expect(other.framed(as: cut, small).resize == other.resize) }
  }

  @Test func keysAloneMustSayAll() throws {
    let all = ["data.mean=[0,0,0]", "data.std=[1,1,1]", "data.image_size=28"]
    let told = try Preprocessing(keys(all[0], all[1], all[2]))
    #expect(told?.stored == nil && told?.height == 28 && told?.resize == 32)
    #expect(try Preprocessing(keys(all[0], all[1])) == nil)
    #expect(try Preprocessing(keys(all[0], all[2])) == nil)
    #expect(try Preprocessing(keys(all[1], all[2])) == nil)
  }
}
