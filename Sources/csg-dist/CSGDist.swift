import ArgumentParser
import Communicator
import Core
import Foundation

/// The command line: parses, wires, and turns every failure into one line and an exit code.
@main
struct CSGDist: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csg-dist",
    abstract: "Trains interpretable CNNs with Class-Specific Gates, data-parallel over MPI.",
    discussion: """
      Start any subcommand that computes under mpirun to share its work; the result has the same \
      bits for any number of ranks. A first run:

        csg-dist prepare cifar10 --input cifar-10-batches-bin --output data/cifar10
        mpirun -n 4 csg-dist train configs/cifar10-resnet20-csg.yaml
        csg-dist evaluate runs/cifar10-resnet20-csg/checkpoints/latest --data data/cifar10

      A rank that waits for the others for more than CSG_TIMEOUT_SECONDS (7200) ends the job; train has \
      lockstep.timeout_seconds.

      Exit codes: 0 done, 1 failed while running, 64 usage, 65 bad data file, 66 input missing, \
      73 output cannot be created, 74 reading or writing failed, 75 stopped on request after \
      saving, 78 configuration.
      """,
    version: csgDistVersion,
    subcommands: [
      PrepareCommand.self, InitCommand.self, NetsCommand.self, PlanCommand.self, TrainCommand.self,
      EvaluateCommand.self, PredictCommand.self, AnalyzeCommand.self, LocalizeCommand.self,
      AttackCommand.self, DefendCommand.self, DetectCommand.self, CompareCommand.self,
      ReplayCommand.self, ExportCommand.self, ImportCommand.self, InspectCommand.self,
      DoctorCommand.self, BenchCommand.self,
    ])

  static func main() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)  // a file's size limit is an error of the write
    raiseDescriptorLimit()
    do {
      try StopSignals.handle(Array(CommandLine.arguments.dropFirst()))
      var command = try parseAsRoot()
      try command.run()
    } catch let error as CSGError {
      fail(error)
    } catch let code as ArgumentParser.ExitCode {
      exit(withStatus: code.rawValue)
    } catch {
      let status = exitCode(for: error).rawValue
      let message = fullMessage(for: error)
      if status == ArgumentParser.ExitCode.failure.rawValue {
        fail(CSGError(.failure, "\(error)"))
      } else if status == 0 {
        try? Console.result(message)
      } else if Console.isRoot {
        Console.line(message)
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let hint = OptionHint.text(arguments, refusedBy: message) { Console.line(hint) }
      } else {
        Console.waitForRoot()
      }
      exit(withStatus: status)
    }
  }

  /// A data set keeps files of shards open, as many as may be: take what the system grants.
  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // Where it is refused, opening says so.
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  private static func exit(withStatus status: Int32) -> Never { Foundation.exit(status) }

  /// Says what happened and ends all ranks. A fault that all ranks see is told by rank 0 alone; one
  /// that another rank has to itself is told by that rank.
  static func fail(_ error: CSGError) -> Never {
    if StopSignal.isAbandonedByParent { Communicator.abort(error.exitCode) }
    if !Console.isRoot { Console.waitForRoot() }
    let rank = Console.isRoot ? "" : "rank \(Console.rank): "
    Console.line("csg-dist: error: \(rank)\(error.description)")
    Communicator.abort(error.exitCode)
  }
}

extension Core.ExitCode {
  /// For commands that end with a code of their own.
  var forParser: ArgumentParser.ExitCode { ArgumentParser.ExitCode(rawValue) }
}
