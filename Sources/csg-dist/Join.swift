import ArgumentParser
import Communicator
import Core
import Inference

extension Communicator {
  private static let patienceSeconds = 600

  /// Joins the job as a rank that runs `command`, once all ranks run the same program and command.
  static func joined(_ command: (some ParsableCommand).Type) throws -> Communicator {
    let communicator = try Communicator()
    communicator.setTimeout(seconds: patienceSeconds)
    try communicator.agree(
      on: Agreement.program + [Agreement("the command", command.configuration.commandName ?? "")])
    communicator.setTimeout(seconds: nil)
    return communicator
  }
}
