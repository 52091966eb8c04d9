import Core
import Datasets
import Storage

extension Preprocessing {
  /// What `data` says of pictures of a split, with the manifest's numbers where it leaves them open.
  /// - Throws: `CSGError` 78 where keys and stored pictures do not fit each other.
  package init(_ data: Configuration.Data, manifest: Manifest) throws {
    let transform = try ImageTransform(data, manifest: manifest, trainingSeed: nil)
    let normalizer = try ImageNormalizer(data, manifest: manifest)
    let isSquare = manifest.height == manifest.width
    self.init(
      stored: Stored(
        jpeg: manifest.holdsFiles,
        size: manifest.size ?? (isSquare && !manifest.holdsFiles ? manifest.height : nil)),
      height: transform.height, width: transform.width, resize: transform.resize,
      mean: normalizer.mean, std: normalizer.std)
  }

  /// What `data` says alone, of pictures that no data set has stored; nil where it leaves something open.
  package init?(_ data: Configuration.Data) {
    guard case .values(let mean) = data.mean, case .values(let std) = data.std,
      let side = data.imageSize
    else { return nil }
    self.init(
      stored: nil, height: side, width: side, resize: data.resize ?? side * 8 / 7, mean: mean,
      std: std)
  }

  /// The same with what `data` says in its place.
  /// - Throws: `CSGError` 78 where it has another number of channels, or a std that is not above 0.
  package func changed(by data: Configuration.Data) throws -> Preprocessing {
    var changed = self
    for (choice, place, key) in [
      (data.mean, \Preprocessing.mean, "data.mean"), (data.std, \Preprocessing.std, "data.std"),
    ] {
      guard case .values(let values) = choice else { continue }
      guard values.count == self[keyPath: place].count else {
        throw CSGError.configuration(
          key, "\(values.count) numbers for images of \(mean.count) channels")
      }
      changed[keyPath: place] = values
    }
    guard changed.std.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw CSGError.configuration("data.std", "\(changed.std) is not above 0")
    }
    guard let side = data.imageSize else { return changed }
    let isAsStored = stored.map { !$0.jpeg && $0.size == side } ?? false
    (changed.height, changed.width) = (side, side)
    changed.resize = data.resize ?? (isAsStored ? nil : side * 8 / 7)
    return changed
  }

  /// Keys that say the same of stored pictures, as `--set` takes them; those that are images as they are
  /// stored need none for that.
  var sets: [String] {
    let channels = ["data.mean=\(mean)", "data.std=\(std)"]
    return channels + (resize.map { ["data.image_size=\(height)", "data.resize=\($0)"] } ?? [])
  }
}

extension Configuration.Data {
  /// The same where images of another split are to be framed as those of a training were: whatever either stores,
  /// what is seen of a picture is as large, unless `resize` is given or the side is another.
  package func framed(as training: Preprocessing, _ manifest: Manifest) -> Configuration.Data {
    guard resize == nil, let side = imageSize, (training.height, training.width) == (side, side)
    else { return self }
    let isAsStored = !manifest.holdsFiles && (manifest.height, manifest.width) == (side, side)
    var framed = self
    framed.resize = training.resize ?? (isAsStored ? nil : side)
    return framed
  }
}
