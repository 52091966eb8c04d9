import ArgumentParser
import CProcess
import Communicator
import Core
import Foundation
import Kernels
import Storage
import Training

/// What the machine offers, and what stands in a run's way.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check this machine, these ranks and, with --config, a run.",
    discussion: """
      Start it as you would start the run: mpirun -n 4 csg-dist doctor --config configs/quickstart.yaml
      """)

  @Option(help: ArgumentHelp("Configuration of the run to check.", valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Change one key.", valueName: "key.path=value"))
  var sets: [String] = []

  func validate() throws {
    guard sets.isEmpty || config != nil else { throw ValidationError("--set needs --config") }
  }

  func run() throws {
    let communicator = try Communicator()
    let ranks = try gatherRanks(communicator)
    var findings: [String] = []
    let level = try CPULevel.select()
    let hdf5 = try HDF5File.libraryVersion()
    var lines = [
      "version      csg-dist \(csgDistVersion)",
      "ranks        \(communicator.size)"
        + (communicator.threadLevel == nil ? " (single-rank mode, without MPI)" : ""),
      "cpu          \(level.rawValue) kernels",
      "blas         \(Provenance.blas)",
      "hdf5         \(hdf5.version), \(hdf5.isThreadSafe ? "thread-safe" : "not thread-safe"), "
        + "locking \(ProcessInfo.processInfo.environment["HDF5_USE_FILE_LOCKING"] ?? "off")",
    ]
    if let threadLevel = communicator.threadLevel {
      let names = ["single", "funneled", "serialized", "multiple"]
      lines.append(
        "mpi          \(Communicator.libraryVersion), thread level \(names[threadLevel])")
    }
    for (rank, text) in ranks.enumerated() { lines.append("rank \(rank)       \(text.line)") }

    if !hdf5.isThreadSafe {
      findings.append("HDF5 is not thread-safe: install Debian's libhdf5-dev")
    }
    let hosts = Dictionary(grouping: ranks, by: \.host).sorted { $0.key < $1.key }
    for (host, ranks) in hosts {
      if let cores = ranks.map(\.machineCores).max(), ranks.count > cores {
        findings.append("\(host) runs \(ranks.count) ranks on \(cores) cores: start fewer there")
      }
    }
    if let config {
      let configuration = try ResolvedConfiguration(file: config, sets: sets)
      let before = FloatBuffer.allocatedBytes
      let trainer = try Trainer(
        configuration, communicator: communicator, output: nil, level: level, provenance: "",
        report: { _ in })
      let perRank = FloatBuffer.allocatedBytes - before
      lines.append("plan         " + trainer.summary.replacing("\n", with: "\n             "))
      lines.append("memory       \(perRank >> 20) MiB a rank for activations, gradients and state")
      for (host, ranks) in hosts {
        let needed = perRank * ranks.count
        if let memory = ranks.map(\.memoryBytes).max(), needed > memory {
          findings.append(
            "\(host) needs \(needed >> 20) MiB of \(memory >> 20) MiB: lower batch_size, or "
              + "spread the ranks over more hosts")
        }
      }
    }
    lines += findings.isEmpty ? ["no findings"] : findings.map { "finding      \($0)" }
    try Console.result(lines.joined(separator: "\n"))
    try communicator.finish()
  }

  /// What one rank sees of its host.
  private struct RankReport: Codable {
    let host: String
    let cores: Int, machineCores: Int, memoryBytes: Int

    var line: String { "\(host), bound to \(cores) of \(machineCores) cores, 1 thread" }
  }

  private func gatherRanks(_ communicator: Communicator) throws -> [RankReport] {
    let info = ProcessInfo.processInfo
    let mine = RankReport(
      host: communicator.threadLevel == nil ? info.hostName : Communicator.hostName,
      cores: Int(cprocess_affinity_cores()), machineCores: info.processorCount,
      memoryBytes: Int(clamping: info.physicalMemory))
    let bytes = try communicator.gather([UInt8](JSONEncoder().encode(mine)))
    return try bytes.map { try JSONDecoder().decode(RankReport.self, from: Data($0)) }
  }
}
