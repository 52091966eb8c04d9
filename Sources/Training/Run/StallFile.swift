import Communicator
import Core
import Foundation
import Inference
import Storage

extension RunDirectory {
  /// `stalls/`: what ranks were at when a job stood still.
  package var stalls: String { "\(path)/stalls" }

  /// Puts a report in its place, as well as that can be done: `stalls/step-N-rank-R.json`. An earlier standstill's is
  /// kept, but one of the same step, which it replaces.
  func keep(_ report: StallReport) {
    // On a host that does not share the directory there is none, and none is made.
    guard (try? exists) == true else { return }
    let path = "\(stalls)/step-\(report.step)-rank-\(report.rank).json"
    do {
      try AtomicFile.createFolder(stalls)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try AtomicFile.write([UInt8](encoder.encode(report)) + [10], to: path)
    } catch {
      let reason = (error as? CSGError)?.message ?? "\(error)"
      FileHandle.standardError.write(Data("csg-dist: \(path): \(reason)\n".utf8))
    }
  }
}
