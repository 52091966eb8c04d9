import Core
import Foundation

/// What a data set is called for readers: by the folder that it lies in, not by the way there.
package enum DataSetName {
  /// Names of folders that say nothing of what is in them.
  private static let general: Set = [
    "data", "dataset", "datasets", "images", "photos", "pictures", "prepared", "shards",
  ]

  /// The name of the data set whose `split` lies in `folder`: `animals` of `data/animals/test`. Where the
  /// last folder says nothing, as `data`, the one before stands with it; where none is left, as of `.`, the
  /// place of the folder tells.
  package static func of(_ folder: String, split: String) -> String {
    let parts = components(folder, split: split)
    return name(parts) ?? name(components(absolute(folder), split: split)) ?? folder
  }

  /// The name of a data set.
  package static func of(_ dataset: Dataset) -> String {
    of(dataset.folder, split: dataset.manifest.split)
  }

  private static func components(_ path: String, split: String) -> [String] {
    let parts = path.split(separator: "/").map(String.init).filter { $0 != "." }
    return parts.last == split ? Array(parts.dropLast()) : parts
  }

  private static func name(_ parts: [String]) -> String? {
    guard let last = parts.last, last != ".." else { return nil }
    guard general.contains(last.lowercased()), let before = parts.dropLast().last, before != ".."
    else { return last }
    return "\(before)/\(last)"
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
