import Foundation
import TestSupport

/// Scripts that stand in for launchers, whose faults come by chance or not at all here.
extension TemporaryFolder {
  /// Writes a script of bash, and returns where it lies.
  @discardableResult
  func standIn(_ name: String, _ script: String) throws -> String {
    let path = try write("bin/\(name)", "#!/bin/bash\n\(script)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  /// An environment in which the scripts come before what else has their names.
  func withStandIns(_ more: [String: String] = [:]) -> [String: String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return ["PATH": "\(self("bin")):\(path)", "CSG_PROGRAM": Places.program]
      .merging(more) { $1 }
  }
}
