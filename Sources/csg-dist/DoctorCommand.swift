import ArgumentParser
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
    let communicator = try Communicator.joined(Self.self)
    let level = try CPULevel.select()
    let configuration =
      try config.map { try ResolvedConfiguration(file: $0, sets: sets) }
      ?? ResolvedConfiguration(sets: [])
    let compute = try configuration.values.compute.resolved(
      level: level, communicator: communicator)
    let ranks = try gatherRanks(communicator, threads: compute.threads)
    var findings: [String] = []
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
      lines.append("limits       \(host): \(ranks[0].limits.text)")
      if let finding = ranks[0].quotaFinding(threads: ranks.reduce(0) { $0 + $1.placed.threads }) {
        findings.append(finding)
      }
      let placement = HostPlacement(
        host: host, topology: ranks[0].topology, ranks: ranks.map(\.placed))
      lines.append("topology     " + placement.drawing.joined(separator: "\n             "))
      findings += placement.findings
    }
    if !level.hasFusedMultiplyAdd {
      findings.append(
        "this CPU, or CSG_CPU, has no fused multiply-add: convolutions go through OpenBLAS, slowly, "
          + "and the bits are those of this CPU alone")
    }
    if config != nil {
      let trainer = try Trainer(
        configuration, communicator: communicator, output: nil, level: level, provenance: "",
        report: { _ in })
      lines.append("plan         " + trainer.summary.replacing("\n", with: "\n             "))
      for (host, ranks) in hosts {
        if let objection = trainer.memory.objection(ranks[0].limits, ranks: ranks.count) {
          findings.append(
            "\(host): \(objection): lower batch_size, or spread the ranks over more hosts")
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
    let limits: MachineLimits
    let topology: Topology
    let placed: HostPlacement.Rank

    var line: String {
      "\(host), bound to \(limits.boundCores) of \(NumberText.count(limits.machineCores, "core")), "
        + NumberText.count(placed.threads, "thread")
    }

    /// What is wrong with so many threads on this host, if anything is.
    func quotaFinding(threads: Int) -> String? {
      guard let quota = limits.quota, let source = limits.quotaSource, Double(threads) > quota,
        threads > 1
      else { return nil }
      return
        "\(host) runs \(threads) computing threads on \(NumberText.fixed(quota, 2)) cores' worth of "
        + "time (\(source)): lower compute.threads or the number of ranks, or raise the quota"
    }
  }

  private func gatherRanks(_ communicator: Communicator, threads: Int) throws -> [RankReport] {
    let mine = RankReport(
      host: communicator.threadLevel == nil
        ? ProcessInfo.processInfo.hostName : Communicator.hostName,
      limits: MachineLimits(), topology: .own,
      placed: HostPlacement.Rank(
        number: communicator.rank, boundTo: Affinity.own, threads: threads))
    let bytes = try communicator.gather([UInt8](JSONEncoder().encode(mine)))
    return try bytes.map { try JSONDecoder().decode(RankReport.self, from: Data($0)) }
  }
}
