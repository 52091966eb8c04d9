import ArgumentParser
import Benchmarks
import Communicator
import Core

/// The ordered all-reduce.
struct BenchAllReduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allreduce",
    abstract: "Seconds of the ordered sum of gradients over all ranks, and of MPI_Allreduce.")

  @Option(help: "Floats to sum (default: as many as ResNet-20 has, then ResNet-18).")
  var floats: Int?

  @Option(help: "The ordered sum goes in parts of this size (default: the configuration's).")
  var bucketMegabytes: Int?

  @Option(help: "auto, flat or hosts: ranks of one host add up first, in shared memory.")
  var allReduce = Configuration.Compute.AllReduce.auto

  @Option(help: "float32 or bfloat16: what is sent of a float in the ordered sum.")
  var wire = Configuration.Compute.Wire.float32

  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard (1...1 << 30).contains(floats ?? 1), (1...256).contains(bucketMegabytes ?? 1) else {
      throw ValidationError("--floats takes 1 to 2^30, --bucket-megabytes 1 to 256")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let usualMegabytes = try ResolvedConfiguration(sets: []).values.compute.bucketMegabytes
    let result = try AllReduceBenchmark.run(
      floats: floats.map { [$0] } ?? AllReduceBenchmark.usualFloats,
      bucketMegabytes: bucketMegabytes ?? usualMegabytes, allReduce: allReduce,
      wire: wire, seconds: options.seconds, communicator: communicator)
    if options.json {
      try Console.result(json: result)
    } else {
      let rows = result.rows.flatMap { row in
        [
          "\(row.floats) floats, \(row.sentBytes) bytes sent",
          "  ordered        \(describe(row.ordered))",
          "  MPI_Allreduce  \(describe(row.mpi))",
        ]
      }
      try Console.result(
        ([
          "\(NumberText.count(result.ranks, "rank")) on \(NumberText.count(result.hosts, "host")), "
            + "\(result.allReduce.rawValue), \(result.wire.rawValue), parts of \(result.bucketMegabytes) MiB"
        ]
          + rows)
          .joined(separator: "\n"))
    }
    try communicator.finish()
  }

  private func describe(_ figures: AllReduceBenchmark.Figures) -> String {
    let rate = figures.gigabytesPerSecond.map { "\(NumberText.fixed($0, 2)) GB/s" }
    return "\(NumberText.milliseconds(figures.seconds))  \(rate ?? "nothing to send")  "
      + "(median of \(figures.repetitions))"
  }
}

extension Configuration.Compute.AllReduce: ExpressibleByArgument {}
extension Configuration.Compute.Wire: ExpressibleByArgument {}
