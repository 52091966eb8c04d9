import ArgumentParser
import Communicator
import Core
import Network

/// The nets that can be trained.
struct NetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nets", abstract: "The nets that can be trained, and how large they are.",
    discussion: """
      For every side of square images: rows and columns of the last convolution's map, which is where \
      filters look, and millions of multiplications of one image's forward pass, to which the time of a \
      step is about proportional. A dash: the images are too small for the net.
      """)

  @Option(
    help: ArgumentHelp("Side of the images; may be given several times.", valueName: "pixels"))
  var image: [Int] = []

  @Option(help: "Classes of the last layer.")
  var classes = 10

  @Flag(help: "Print one JSON document.")
  var json = false

  private static let sides = [32, 64, 128, 224]

  func validate() throws {
    guard image.allSatisfy({ (8...4096).contains($0) }) else {
      throw ValidationError("--image takes a number from 8 to 4096")
    }
    guard (2...100_000).contains(classes) else {
      throw ValidationError("--classes takes a number from 2 to 100000")
    }
  }

  private struct Document: Encodable {
    let classes: Int, nets: [Net]

    struct Net: Encodable {
      let name: String, purpose: String, parameters: Int, filters: Int
      let images: [Image]
    }

    struct Image: Encodable {
      let side: Int
      let map: [Int], multiplications: Int
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    try communicator.onRoot {
      let nets = try Architecture.names.map(net)
      if json {
        try Console.result(json: Document(classes: classes, nets: nets))
      } else {
        try Console.result(text(nets))
      }
    }
    try communicator.finish()
  }

  private var sides: [Int] { image.isEmpty ? Self.sides : image }

  private func net(_ name: String) throws -> Document.Net {
    let architecture = try Architecture(name)
    let facts = sides.map { side in
      (side, try? NetFacts(architecture, height: side, width: side, classes: classes))
    }
    let whole = try NetFacts(
      architecture, height: architecture.imageSide, width: architecture.imageSide, classes: classes)
    return Document.Net(
      name: name, purpose: architecture.purpose, parameters: whole.parameters,
      filters: architecture.filters,
      images: facts.compactMap { side, facts in
        facts.map {
          Document.Image(
            side: side, map: [$0.mapHeight, $0.mapWidth], multiplications: $0.multiplications)
        }
      })
  }

  private func text(_ nets: [Document.Net]) -> String {
    let header =
      ["net", "parameters", "filters"] + sides.map { "map, work at \($0)" } + ["for"]
    let rows = nets.map { net in
      [net.name, "\(net.parameters)", "\(net.filters)"]
        + sides.map { side in
          net.images.first { $0.side == side }.map {
            "\($0.map[0])×\($0.map[1]), \(NumberText.fixed(Double($0.multiplications) / 1e6, 0))"
          } ?? "–"
        } + [net.purpose]
    }
    let widths = header.indices.map { i in ([header] + rows).map { $0[i].count }.max() ?? 0 }
    return ([header] + rows).map { row in
      row.enumerated().map { i, cell in
        let room = String(repeating: " ", count: widths[i] - cell.count)
        let isText = i == 0 || i == row.count - 1
        return i == row.count - 1 ? cell : isText ? cell + room : room + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
