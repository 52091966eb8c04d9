import Communicator
import Core
import Kernels
import Network

/// The rate of the gradients of all filters of a net by an image: one forward pass, and as many backward.
package struct GradientMapBenchmark {
  /// What was measured.
  package struct Result: Codable, Sendable {
    /// Images a second of the whole job, each with the gradient of every filter.
    package let imagesPerSecond: Double
    /// What ran: net, filters, side; P, threads of each, instruction set; repetitions timed.
    package let architecture: String, filters: Int, image: Int
    package let ranks: Int, threads: Int, cpu: String, repetitions: Int

    enum CodingKeys: String, CodingKey {
      case architecture, filters, image, ranks, threads, cpu, repetitions
      case imagesPerSecond = "images_per_second"
    }
  }

  /// Gradients that go back together.
  private static let slots = 64

  /// Runs images for `seconds`, at least five; each rank has images of its own.
  package static func run(
    architecture name: String, image side: Int?, seconds: Double, compute: Network.Compute,
    communicator: Communicator
  ) throws -> Result {
    let architecture = try Architecture(name)
    let image = side ?? architecture.imageSide
    try architecture.requireRoom(height: image, width: image)
    let network = try Network(
      architecture: architecture, channels: 3, classes: 10, height: image, width: image,
      capacity: slots, initialGate: 0.5, reachesImage: true, compute: compute)
    network.initialize(seed: 0)
    let random = AddressedRandom(seed: 0, purpose: .benchmark, stream: communicator.rank)
    network.images[0..<1].write((0..<3 * image * image).map { Float(random.normal($0)) })
    let seeds = (0..<network.filters).map { FilterSeed(image: 0, filter: $0) }
    let (median, count) = try Repetition.median(seconds: seconds, communicator: communicator) {
      network.forward(count: 1)
      for first in stride(from: 0, to: seeds.count, by: slots) {
        network.backward(
          from: .filters(seeds[first..<min(first + slots, seeds.count)]), to: .image)
      }
    }
    return Result(
      imagesPerSecond: Double(communicator.size) / median, architecture: name,
      filters: network.filters, image: image, ranks: communicator.size,
      threads: network.team.count, cpu: try CPULevel.select().rawValue, repetitions: count)
  }
}
