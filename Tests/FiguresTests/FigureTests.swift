import Core
import Datasets
import Foundation
import FoundationXML
import TestSupport
import Testing

import Figures

/// Figures as files: what they say, what they look like, how large they are.
@Suite struct FigureTests {
  private static let names = ["plane <&>", "car", "bird"]

  private func pair(_ a: Matrix, _ b: Matrix) throws -> Figure {
    func panel(_ title: String, _ matrix: Matrix) -> HeatMap {
      HeatMap(
        title, matrix, x: .numbers("filter", count: matrix.columns),
        y: .names("class", (0..<matrix.rows).map { Self.names[$0 % 3] }), reduction: .largest)
    }
    return try Figure(
      "pair", title: "A pair", summary: "See it.",
      .heatMaps(
        [panel("(a) network", a), panel("(b) baseline", b)], .fromZero([a, b], label: "nats")))
  }

  private var small: (Matrix, Matrix) {
    (
      Matrix(rows: 3, columns: 4, values: [0, 1, 2, 3, 4, .nan, .nan, 7, 8, 2, 2, 2]),
      Matrix(rows: 3, columns: 4, values: [1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4])
    )
  }

  private var chart: Figure {
    get throws {
      try Figure(
        "lines", title: "Lines", summary: "Falling.",
        .charts([
          LineChart(
            "Loss", x: "epoch", y: "loss",
            series: [
              .init("train", [.init(0, 2), .init(1, 1), .init(2, 0.5)], style: 0),
              .init("test", [.init(0, 2.2), .init(1, .nan), .init(2, 0.7)], style: 1),
            ], bands: [1...2], bandName: "CSG epochs"),
          LineChart("One point", x: "x", y: "y", series: [.init("p", [.init(3, 3)], style: 2)]),
        ]))
    }
  }

  private func picture(_ figure: Figure, width: Double = Figure.width) throws -> Picture {
    try Picture(decoding: figure.png(width: width), path: "png")
  }

  private func colors(_ picture: Picture) -> Set<UInt32> {
    Set(
      stride(from: 0, to: picture.pixels.count, by: 3).map { i in
        picture.pixels[i..<i + 3].reduce(0) { $0 << 8 | UInt32($1) }
      })
  }

  private func text(_ svg: [UInt8]) -> String { String(decoding: svg, as: UTF8.self) }

  @Test func svgIsXMLAndNamesItsParts() throws {
    let svg = try pair(small.0, small.1).svg()
    let parser = XMLParser(data: Data(svg))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    let text = text(svg)
    #expect(text.contains("<title>A pair</title>"))
    for word in [
      "See it.", "(a) network", "(b) baseline", "filter", "class", "nats", "car", "no sample",
      "plane &lt;&amp;&gt;",
    ] { #expect(text.contains(word), "\(word)") }
    #expect(text.contains("image-rendering:pixelated"))
    let lines = self.text(try chart.svg())
    for word in ["Loss", "train", "test", "CSG epochs", "epoch"] {
      #expect(lines.contains(word), "\(word)")
    }
  }

  @Test func sameFigureSameBytes() throws {
    let figures = [try pair(small.0, small.1), try chart]
    for figure in figures {
      #expect(try figure.svg() == figure.svg())
      #expect(try figure.png() == figure.png())
      #expect(try figure.svg() != figure.svg(width: Figure.narrowWidth))
    }
  }

  /// Both panels take their colours from the range of both.
  @Test func pairsHaveOneScale() throws {
    let found = colors(try picture(pair(small.0, small.1)))
    for value in [0, 1, 2, 3, 4, 7, 8] {
      #expect(found.contains(ColorMap.viridis[Double(value) / 8].hex), "\(value)")
    }
    #expect(found.contains(Color.undefined.hex))
    let alone = colors(try picture(pair(small.1, small.1)))
    #expect(alone.contains(ColorMap.viridis[0.25].hex) && !alone.contains(Color.undefined.hex))
  }

  @Test func pngHasTwoPixelsAPoint() throws {
    let figure = try pair(small.0, small.1)
    let wide = try picture(figure)
    let narrow = try picture(figure, width: Figure.narrowWidth)
    #expect(wide.width == 1920 && narrow.width == 800)
    #expect(narrow.height > wide.height, "panels below each other")
    #expect(wide.height > 400 && wide.height < wide.width)
  }

  /// A cell's colour is where the cell is: left and right halves of a matrix of two.
  @Test func cellsStandInTheirPlaces() throws {
    let matrix = Matrix(rows: 1, columns: 2, values: [0, 1])
    let figure = try Figure(
      "two", title: "Two", summary: "",
      .heatMaps(
        [
          HeatMap(
            "", matrix, x: .numbers("x", count: 2), y: .names("y", ["a"]), reduction: .mean,
            decimals: nil)
        ], .fromZero([matrix], label: "")))
    let picture = try picture(figure)
    func columns(of color: Color) -> [Int] {
      (0..<picture.width).filter { x in
        (0..<picture.height).count { y in
          let i = 3 * (y * picture.width + x)
          return picture.pixels[i..<i + 3].elementsEqual([color.red, color.green, color.blue])
        } > 100
      }
    }
    let (low, high) = (columns(of: ColorMap.viridis[0]), columns(of: ColorMap.viridis[1]))
    let (lowEnd, highStart) = (try #require(low.last), try #require(high.first))
    #expect(low.count > 300 && abs(low.count - high.count) <= 4)
    #expect((1...2).contains(highStart - lowEnd), "no smoothing between \(lowEnd), \(highStart)")
  }

  /// The label of a colour bar beside two rows is not shrunk to their height: 16 points each.
  @Test func fewRowsLeaveRoomForLabels() throws {
    let matrix = Matrix(rows: 2, columns: 60, values: Array(repeating: 0, count: 120))
    let map = HeatMap(
      "", matrix, x: .numbers("x", count: 60), y: .names("y", ["a", "b"]), reduction: .mean,
      decimals: nil)
    let figure = try Figure(
      "few", title: "", summary: "", .heatMaps([map], .fromZero([matrix], label: "nats")))
    let picture = try picture(figure)
    let color = ColorMap.viridis[0]
    let rows = (0..<picture.height).count { y in
      let i = 3 * (y * picture.width + picture.width / 2)
      return picture.pixels[i..<i + 3].elementsEqual([color.red, color.green, color.blue])
    }
    #expect((250...262).contains(rows), "130 points of two pixels, not \(rows)")
  }

  /// A line at every cell would leave no cell to see.
  @Test func linesBetweenManyGroupsAreLeftOut() throws {
    func share(groups: Int) throws -> Double {
      let count = 300
      let axis = Axis.groups("filters", (0..<groups).map { ("\($0)", count / groups) })
      let matrix = Matrix(
        rows: count, columns: count, values: Array(repeating: 0, count: count * count))
      let figure = try Figure(
        "groups", title: "", summary: "",
        .heatMaps(
          [HeatMap("", matrix, x: axis, y: axis, reduction: .mean)],
          .fromZero([matrix], label: "")))
      let picture = try picture(figure, width: 400)
      let color = ColorMap.viridis[0]
      let found = stride(from: 0, to: picture.pixels.count, by: 3).count {
        picture.pixels[$0..<$0 + 3].elementsEqual([color.red, color.green, color.blue])
      }
      return Double(found) / Double(picture.width * picture.height)
    }
    let (few, many) = (try share(groups: 3), try share(groups: 300))
    #expect(few > 0.3 && many > 0.9 * few, "\(few), \(many)")
  }

  /// What stands for several kinds is named where cells are taken together, and only there.
  @Test func severalKindsAreNamedWhereTheyAre() throws {
    func words(columns: Int) throws -> String {
      let matrix = Matrix(rows: 1, columns: columns, values: (0..<columns).map { Double($0 % 3) })
      let kinds = ["no kind", "left kind", "right kind", "various"].map {
        ColorScale.Category($0, Color.okabeIto[0])
      }
      let map = HeatMap(
        "", matrix, x: .numbers("x", count: columns), y: .names("y", ["a"]),
        reduction: .kind(several: 3), decimals: nil)
      let figure = try Figure(
        "kinds", title: "", summary: "", .heatMaps([map], ColorScale(.categories(kinds), label: ""))
      )
      return text(try figure.svg())
    }
    let (few, many) = (try words(columns: 6), try words(columns: 6000))
    for word in ["no kind", "left kind", "right kind"] {
      #expect(few.contains(word) && many.contains(word), "\(word)")
    }
    #expect(!few.contains("various") && !few.contains("stands for"))
    #expect(many.contains("various") && many.contains("A cell stands for 1 × "))
  }

  @Test func aThousandClassesStaySmall() throws {
    let (rows, columns) = (1000, 2048)
    var random = RandomValues(seed: 1)
    let noise = random.floats(4096)
    let matrix = Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { Double(abs(noise[($0 * 31 + $0 / 2048) % 4096])) })
    let figure = try pair(matrix, matrix)
    let (svg, png) = (try figure.svg(), try figure.png())
    #expect(svg.count < 2_000_000 && png.count < 4_000_000, "\(svg.count), \(png.count)")
    let text = text(svg)
    #expect(text.contains("A cell shows the largest of"))
    #expect(text.contains("car"), "some names stay")
  }

  @Test func emptyFiguresAreErrors() throws {
    func expect(_ content: Figure.Content, _ part: String) {
      let error = #expect(throws: CSGError.self) {
        try Figure("none", title: "", summary: "", content)
      }
      #expect(error?.message.contains("figure none: ") == true)
      #expect(error?.message.contains(part) == true, "\(String(describing: error))")
    }
    let nothing = Matrix(rows: 0, columns: 3, values: [])
    let scale = ColorScale.fromZero([], label: "")
    expect(.heatMaps([], scale), "no panels")
    expect(.charts([]), "no panels")
    expect(
      .heatMaps(
        [
          HeatMap(
            "void", nothing, x: .numbers("x", count: 3), y: .names("y", []), reduction: .mean)
        ], scale), "'void' has no entries")
    expect(
      .charts([
        LineChart("gap", x: "", y: "", series: [.init("s", [.init(0, .nan)], style: 0)])
      ]), "'gap' has no points")
  }
}
