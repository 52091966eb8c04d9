import Foundation

/// The folder that FUZZ_SCRATCH names, whose files are written anew for each input.
struct Scratch {
  let path: String

  /// That folder, or one among the temporary ones.
  init() throws {
    path =
      ProcessInfo.processInfo.environment["FUZZ_SCRATCH"] ?? NSTemporaryDirectory() + "csg-fuzz"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Writes a file below the folder, and returns its path.
  func file(_ name: String, _ bytes: [UInt8]) -> String {
    let full = "\(path)/\(name)"
    if let file = fopen(full, "wb") ?? made(full) {
      fwrite(bytes, 1, bytes.count, file)
      fclose(file)
    }
    return full
  }

  /// The file once its folder is there.
  private func made(_ full: String) -> UnsafeMutablePointer<FILE>? {
    let folder = (full as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return fopen(full, "wb")
  }
}
