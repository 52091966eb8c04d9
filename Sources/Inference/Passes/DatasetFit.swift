import Core
import Datasets

extension Dataset {
  /// Checks that a network of so many classes and channels fits: the one that the configuration describes, or that
  /// the checkpoint at `origin` holds.
  /// - Throws: `CSGError` 78 that names both numbers.
  package func requireFit(classes: Int, channels: Int, of origin: String? = nil) throws {
    for (name, ours, theirs) in [
      ("classes", manifest.classes.count, classes), ("channels", manifest.channels, channels),
    ] where ours != theirs {
      throw CSGError.configuration(
        origin ?? "model.\(name)",
        "\(theirs)\(origin == nil ? "" : " \(name)") does not match the \(ours) of \(folder)",
        remedy: origin == nil
          ? "set model.\(name)=\(ours)" : "take a data set, or a checkpoint, with as many")
    }
  }

  /// Checks that the classes are those of `names`, by their bytes and in their order; `origin` says whose
  /// names these are. A label means a class by its place alone: names in another order, or other names,
  /// would count every answer wrong and no one would know.
  /// - Throws: `CSGError` 78 that names the first class that differs.
  package func requireClasses(_ names: [String], of origin: String) throws {
    let pairs = zip(manifest.classes, names).enumerated()
    let first = pairs.first { !$0.element.0.utf8.elementsEqual($0.element.1.utf8) }
    guard let (label, (here, there)) = first else { return }
    let (a, b) = (FileName(Array(here.utf8)), FileName(Array(there.utf8)))
    let isAlike = here == there
    throw CSGError.configuration(
      "classes",
      "class \(label) is '\(isAlike ? a.spelled : a.shown)' in \(folder), but "
        + "'\(isAlike ? b.spelled : b.shown)' in \(origin)",
      remedy: "prepare the data with the same class folders, in names and order")
  }
}
