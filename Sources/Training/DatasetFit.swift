import Core
import Datasets

extension Dataset {
  /// Checks that a network of so many classes and channels fits.
  /// - Throws: `CSGError` 78 that names both numbers.
  public func requireFit(classes: Int, channels: Int) throws {
    guard manifest.classes.count == classes else {
      throw CSGError.configuration(
        "model.classes", "\(classes) does not match the \(manifest.classes.count) of \(folder)",
        remedy: "set model.classes=\(manifest.classes.count)")
    }
    guard manifest.channels == channels else {
      throw CSGError.configuration(
        "model.channels", "\(channels) does not match the \(manifest.channels) of \(folder)",
        remedy: "set model.channels=\(manifest.channels)")
    }
  }
}
