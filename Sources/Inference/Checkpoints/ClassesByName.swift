import Core
import Datasets
import Storage

extension CheckpointedRun {
  /// The network's class of each label of a split, by name; a split may lack classes, or have them in
  /// another order. Of a checkpoint without names the classes are taken for the split's, in order.
  /// - Throws: `CSGError` 78 that names the first class that the network has not.
  package func classes(of dataset: Dataset) throws -> [Int32] {
    let theirs = dataset.manifest.classes
    guard let names = checkpoint.classNames else {
      try dataset.requireFit(classes: checkpoint.classes, channels: checkpoint.channels)
      return theirs.indices.map { Int32($0) }
    }
    return try theirs.map { name in
      guard let label = names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
        let shown = FileName(Array(name.utf8)).shown
        throw CSGError.configuration(
          "classes", "class '\(shown)' of \(dataset.folder) is none of \(file)'s",
          remedy: "take a set whose class folders have the names that the network was trained with")
      }
      return Int32(label)
    }
  }
}
