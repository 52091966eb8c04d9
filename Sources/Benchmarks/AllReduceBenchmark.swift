import Communicator
import Core

/// The speed of the ordered all-reduce, alone, beside that of MPI's own.
package struct AllReduceBenchmark {
  /// What was measured.
  package struct Result: Codable, Sendable {
    /// P, and on how many hosts.
    package let ranks: Int, hosts: Int
    /// The way that the ordered sum takes; flat with one rank.
    package let allReduce: Configuration.Compute.AllReduce
    /// What is sent of a float.
    package let wire: Configuration.Compute.Wire
    /// Size of the parts in which the ordered sum goes.
    package let bucketMegabytes: Int
    /// One for each length.
    package let rows: [Row]

    enum CodingKeys: String, CodingKey {
      case ranks, hosts, wire, rows
      case allReduce = "all_reduce"
      case bucketMegabytes = "bucket_megabytes"
    }
  }

  /// The figures of one length.
  package struct Row: Codable, Sendable {
    /// Floats of the vector.
    package let floats: Int
    /// Bytes that all ranks together hand to MPI for one ordered sum.
    package let sentBytes: Int
    /// The ordered sum, and `MPI_Allreduce`, whose bits depend on the number of ranks.
    package let ordered: Figures, mpi: Figures

    enum CodingKeys: String, CodingKey {
      case floats, ordered, mpi
      case sentBytes = "sent_bytes"
    }
  }

  /// The figures of one way to sum.
  package struct Figures: Codable, Sendable {
    /// Median on rank 0, and how many were timed.
    package let seconds: Double, repetitions: Int
    /// 10⁹ bytes of the vector by its seconds; nil with one rank, which sends nothing.
    package let gigabytesPerSecond: Double?

    enum CodingKeys: String, CodingKey {
      case seconds, repetitions
      case gigabytesPerSecond = "gigabytes_per_second"
    }

    /// With an explicit null where nothing is sent.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(seconds, forKey: .seconds)
      try container.encode(repetitions, forKey: .repetitions)
      try container.encode(gigabytesPerSecond, forKey: .gigabytesPerSecond)
    }
  }

  /// The gradients of ResNet-20 (CIFAR) and of ResNet-18 (ImageNet), rounded.
  package static let usualFloats = [270_000, 11_700_000]

  /// Sums vectors of each length for `seconds` in all (each way at least five times), one slot a
  /// rank.
  package static func run(
    floats: [Int], bucketMegabytes: Int, allReduce kind: Configuration.Compute.AllReduce,
    wire: Configuration.Compute.Wire, seconds: Double, communicator: Communicator
  ) throws -> Result {
    let each = seconds / Double(2 * floats.count)
    func figures(of count: Int, _ sum: () throws -> Void) throws -> Figures {
      try sum()  // the first one also makes connections
      let (median, repetitions) = try Repetition.median(
        seconds: each, communicator: communicator, sum)
      let seconds = max(median, 1e-9)  // the clock's resolution
      let bytes = count * MemoryLayout<Float>.stride
      return Figures(
        seconds: seconds, repetitions: repetitions,
        gigabytesPerSecond: communicator.size == 1 ? nil : Double(bytes) / seconds / 1e9)
    }
    var taken = Configuration.Compute.AllReduce.flat
    let rows = try floats.map { count in
      let values = FloatBuffer(count).all
      values.fill(0)  // pages that nobody wrote would all be one
      let allReduce = try OrderedAllReduce(
        communicator, tree: ReductionTree(replicas: communicator.size, ranks: communicator.size),
        slots: values, bucket: bucketMegabytes << 20 / MemoryLayout<Float>.stride, kind: kind)
      taken = allReduce.kind ?? .flat
      func sum() throws {
        allReduce.begin(count: count, narrow: wire == .bfloat16 ? count : 0)
        try allReduce.finish()
      }
      try sum()
      let sent = try communicator.gather([allReduce.sentBytes]).flatMap { $0 }
      return Row(
        floats: count, sentBytes: sent.reduce(0, +),
        ordered: try figures(of: count, sum),
        mpi: try figures(of: count) { try communicator.unorderedAllReduce(values) })
    }
    return Result(
      ranks: communicator.size, hosts: try communicator.hosts().ranks.count, allReduce: taken,
      wire: wire,
      bucketMegabytes: bucketMegabytes, rows: rows)
  }
}
