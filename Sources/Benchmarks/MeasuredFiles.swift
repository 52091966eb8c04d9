import Core
import Foundation
import Training

/// Documents of `bench step --json` and `bench allreduce --json`, made on the machine that a run is planned for.
package struct MeasuredFiles {
  /// Of a step of one replica; nil where no file is of that.
  package private(set) var step: (file: String, result: StepBenchmark.Result)?
  /// Of the all-reduce within a host.
  package private(set) var allReduce: (file: String, result: AllReduceBenchmark.Result)?

  /// Larger files are none.
  private static let mostBytes = 1 << 20

  /// Reads files, at most one of each kind.
  /// - Throws: `CSGError` 66 where one is missing, 65 where it is of neither kind, 64 where two are of one.
  package init(_ files: [String]) throws {
    for file in files {
      guard let bytes = try FileSystem.contents(of: file) else {
        throw CSGError(.noInput, "\(file): no such file, or not readable")
      }
      let data = Data(bytes.prefix(Self.mostBytes + 1))
      let decoder = JSONDecoder()
      guard data.count <= Self.mostBytes else { throw Self.foreign(file) }
      if let result = try? decoder.decode(StepBenchmark.Result.self, from: data) {
        try Self.requireFirst(step?.file, file)
        guard (1...1024).contains(result.threads), (1...1 << 16).contains(result.ranks) else {
          throw CSGError.data(file, "its numbers are none of a step")
        }
        step = (file, result)
      } else if let result = try? decoder.decode(AllReduceBenchmark.Result.self, from: data) {
        try Self.requireFirst(allReduce?.file, file)
        allReduce = (file, result)
      } else {
        throw Self.foreign(file)
      }
    }
  }

  private static func foreign(_ file: String) -> CSGError {
    .data(
      file, "is no document of bench step or bench allreduce",
      remedy: "write one by csg-dist bench step … --json > \(file)")
  }

  private static func requireFirst(_ first: String?, _ file: String) throws {
    guard let first else { return }
    throw CSGError(
      .usage, "--measured: \(first) and \(file) are of the same benchmark", remedy: "give one")
  }

  /// The times of a step, of the net that `facts` name, on so many threads a rank.
  /// - Throws: `CSGError` 64 where another step was measured, 65 where the numbers are no times.
  package func times(for facts: ScalingFacts, threads: Int) throws -> StepTimes? {
    guard let (file, result) = step else { return nil }
    let images = facts.run.replicaImages
    guard result.architecture == facts.architecture, result.batch == images,
      result.image == facts.imageSide
    else {
      throw CSGError(
        .usage,
        "\(file): measured \(result.batch) images of \(result.image)² a rank through "
          + "\(result.architecture), not \(images) of \(facts.imageSide)² through "
          + facts.architecture,
        remedy: "measure what a replica is: bench step --architecture \(facts.architecture) "
          + "--batch \(images) --image \(facts.imageSide) --json")
    }
    guard result.threads == threads else {
      throw CSGError(
        .usage,
        "\(file): measured \(NumberText.count(result.threads, "thread")) a rank, and compute.threads is "
          + "\(threads)", remedy: "measure with --threads \(threads)")
    }
    return try StepTimes(result)
  }

  /// What moving and adding costs within a host, by the longest and the shortest vector that was summed there; nil
  /// where no file is of that.
  /// - Throws: `CSGError` 64 where one rank summed, or several hosts, 65 where the numbers are none that a benchmark could have.
  package func host() throws -> HostCost? {
    guard let (file, result) = allReduce else { return nil }
    guard result.ranks > 1 else {
      throw CSGError(
        .usage, "\(file): one rank has nobody to sum with",
        remedy: "measure as many ranks as a host has: launch/run 2 bench allreduce --json")
    }
    guard result.hosts == 1, result.allReduce == .flat, result.wire == .float32 else {
      throw CSGError(
        .usage, "\(file): measured over hosts, or not as one host's ranks sum by themselves",
        remedy: "measure one host: launch/run \(result.ranks) bench allreduce --json")
    }
    let rows = result.rows.sorted { $0.floats < $1.floats }
    guard result.ranks <= 1 << 12, (1...1 << 10).contains(result.bucketMegabytes),
      let shortest = rows.first, let longest = rows.last,
      [shortest, longest].allSatisfy({
        (1...1 << 30).contains($0.floats) && $0.ordered.seconds.isFinite && $0.ordered.seconds > 0
      })
    else { throw CSGError.data(file, "its numbers are none of an all-reduce") }
    func sample(_ row: AllReduceBenchmark.Row) -> HostCost.Sample {
      HostCost.Sample(
        floats: row.floats, ranks: result.ranks,
        bucket: result.bucketMegabytes << 20 / MemoryLayout<Float>.stride,
        seconds: row.ordered.seconds)
    }
    return HostCost(shortest: sample(shortest), longest: sample(longest))
  }
}
