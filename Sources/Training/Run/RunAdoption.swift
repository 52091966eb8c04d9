import Core
import Foundation
import Inference
import Storage

/// How a checkpoint from elsewhere becomes the start of a directory's run, so that no kill can mix it with
/// the run that was there: it is written into a folder of its own, which then takes the place of
/// `checkpoints/`, with all that was there set aside in `checkpoints/abandoned/`.
///
/// Once the checkpoint is whole in that folder, whoever starts next goes on with the exchange.
extension RunDirectory {
  var incoming: String { "\(path)/.incoming" }

  /// Makes `origin` the only checkpoint.
  /// - Returns: Whether there was another run.
  package func adopt(_ origin: Checkpoint) throws -> Bool {
    try FileSystem.remove(incoming)
    try AtomicFile.createFolder(incoming)
    try origin.write(to: "\(incoming)/\(Self.name(step: origin.step))")
    return try finishAdoption()
  }

  /// Goes on with an exchange that a kill has stopped, or forgets one whose checkpoint is not whole.
  @discardableResult
  package func finishAdoption() throws -> Bool {
    let arrived = try FileSystem.texts(in: incoming)
    guard arrived.contains(where: Self.isCheckpoint) else {
      try FileSystem.remove(incoming)
      return false
    }
    let aside = "\(incoming)/abandoned"
    try AtomicFile.createFolder(aside)
    for file in try [metrics] + events where try FileSystem.exists(file) {
      try move(file, to: "\(aside)/\((file as NSString).lastPathComponent)")
    }
    // An empty folder is nothing to set aside.
    if rmdir(checkpoints) != 0, try FileSystem.exists(checkpoints) {
      try move(checkpoints, to: "\(aside)/checkpoints")
    }
    let isFirst = rmdir(aside) == 0
    try move(incoming, to: checkpoints)
    return !isFirst
  }

  private func move(_ old: String, to new: String) throws {
    guard rename(old, new) == 0 else {
      throw FileSystem.fault("move to \(new)", old, errno, refused: .inputOutput)
    }
    try AtomicFile.synchronizeNames(in: path)
  }
}
