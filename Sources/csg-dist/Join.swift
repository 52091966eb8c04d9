import ArgumentParser
import Communicator
import Core
import Inference

extension Communicator {
  /// Joins the job as a rank that runs `command`, once all ranks run the same program and command. From then on
  /// a rank waits for the others as long as `timeout` says, a number of seconds and what sets it, or
  /// `Patience`.
  static func joined(
    _ command: (some ParsableCommand).Type, timeout: (seconds: Int, name: String)? = nil
  ) throws -> Communicator {
    let name = command.configuration.commandName ?? ""
    let work = try timeout ?? (Patience.work(), Patience.variable)
    let communicator = try Communicator()
    try communicator.agree(on: Agreement.program + [Agreement("the command", name)])
    communicator.setTimeout(seconds: work.seconds, named: work.name)
    try communicator.meet()
    communicator.name(command: name)
    communicator.enter(.work)
    return communicator
  }
}
