import Core
import Foundation
import Network
import Storage

/// What exported weights say of themselves beside their tensors: texts of safetensors' `__metadata__`.
extension Checkpoint {
  private static let producer = "csg-dist "

  /// The texts. What a checkpoint does not know is left out.
  package var metadata: [String: String] {
    get throws {
      var texts = [
        "format": "pt", "producer": Self.producer + csgDistVersion, "architecture": architecture,
        "shortcut": try Architecture(architecture).shortcut, "classes": "\(classes)",
        "channels": "\(channels)",
      ]
      if let classNames {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        texts["class_names"] = String(decoding: try encoder.encode(classNames), as: UTF8.self)
      }
      if let preprocessing { texts["preprocessing"] = try preprocessing.text }
      return texts
    }
  }

  /// Whether texts are those of an export: what other programs call by these names is not ours to read.
  package static func isExport(_ metadata: [String: String]) -> Bool {
    metadata["producer"]?.hasPrefix(producer) ?? false
  }

  /// Takes class names and preprocessing from an export's texts; names of other classes than the
  /// checkpoint's are left.
  /// - Throws: `CSGError` 65 where a text is something else.
  mutating func take(_ metadata: [String: String], origin: String) throws {
    guard Self.isExport(metadata) else { return }
    if let text = metadata["class_names"] {
      guard let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
        throw CSGError.data(origin, "class_names is no list of names")
      }
      if names.count == classes { classNames = names }
    }
    if metadata["channels"] == "\(channels)" {
      preprocessing = try metadata["preprocessing"].map {
        try Preprocessing(text: $0, channels: channels, origin: origin)
      }
    }
  }
}
