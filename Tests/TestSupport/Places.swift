import Foundation

/// Where tests find what they need.
public enum Places {
  /// The package's root.
  public static let root: String = {
    let file = URL(fileURLWithPath: #filePath)
    return file.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
  }()

  /// The Fashion-MNIST files of Debian's dataset-fashion-mnist: 70,000 real images.
  public static let fashionMNIST = "/usr/share/datasets/fashion-mnist"

  /// The built program: CSG_PROGRAM, or the release build.
  public static let program =
    ProcessInfo.processInfo.environment["CSG_PROGRAM"] ?? "\(root)/.build/release/csg-dist"

  /// Folder with real data sets and weights, for tests that need them; nil elsewhere.
  public static let data = ProcessInfo.processInfo.environment["CSG_DATA"].flatMap {
    FileManager.default.fileExists(atPath: $0) ? $0 : nil
  }

  /// A Python with PyTorch and h5py, for tests whose judge is another program; nil elsewhere.
  public static let python = ProcessInfo.processInfo.environment["CSG_INTEROP_PYTHON"]

  /// Chromium, for tests whose judge is a browser; nil elsewhere.
  public static let browser = ProcessInfo.processInfo.environment["CSG_INTEROP_BROWSER"]

  /// A C compiler in PATH; nil where there is none.
  public static let compiler = ["cc", "clang", "gcc"].lazy.compactMap(command).first

  /// Where a program in PATH lies; nil where there is none of that name.
  public static func command(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// A golden file beside its script.
  public static func golden(_ name: String) -> String { "\(root)/Tests/Golden/\(name)" }
}
