import Datasets
import Foundation
import FoundationXML
import TestSupport
import Testing

import Figures

/// Texts of figures: whole, readable, in any script.
@Suite struct LetteringTests {
  private static let widths = [Figure.width, Figure.narrowWidth]

  /// Pixels at the sides stay white whatever is written.
  @Test func nothingIsCutAtTheSides() throws {
    for figure in try LetteredFigures.all {
      for width in Self.widths {
        let picture = try Picture(decoding: figure.png(width: width), path: "png")
        let (wide, tall) = (picture.width, picture.height)
        func isWhite(_ x: Int, _ y: Int) -> Bool {
          let i = 3 * (y * wide + x)
          return picture.pixels[i..<i + 3].allSatisfy { $0 == 255 }
        }
        let across = (0..<wide).count { !isWhite($0, 0) || !isWhite($0, tall - 1) }
        let down = (0..<tall).count { !isWhite(0, $0) || !isWhite(wide - 1, $0) }
        let touched = across + down
        #expect(touched == 0, "\(figure.name), \(width)")
      }
    }
  }

  private final class Texts: NSObject, XMLParserDelegate {
    private(set) var found: [(text: String, size: Double)] = []
    private var isText = false

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      isText = name == "text"
      guard isText else { return }
      found.append(("", attributes["font-size"].flatMap(Double.init) ?? 0))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
      if isText, let last = found.popLast() { found.append((last.text + string, last.size)) }
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) { isText = false }
  }

  private func texts(_ figure: Figure, width: Double, isTitled: Bool) throws
    -> [(text: String, size: Double)]
  {
    let parser = XMLParser(data: Data(try figure.svg(width: width, isTitled: isTitled)))
    let texts = Texts()
    parser.delegate = texts
    #expect(parser.parse(), "\(figure.name): \(String(describing: parser.parserError))")
    return texts.found
  }

  /// SVG files hold texts as texts: names in any script stand there letter by letter, none too small.
  @Test func textsAreTextsAndCanBeRead() throws {
    for figure in try LetteredFigures.all {
      for width in Self.widths {
        let found = try texts(figure, width: width, isTitled: false)
        #expect(!found.isEmpty && found.allSatisfy { $0.size >= 8 }, "\(figure.name), \(width)")
        guard figure.name == "long" else { continue }
        for name in LetteredFigures.scripts where name.count < 20 {
          #expect(found.contains { $0.text.utf8.elementsEqual(name.utf8) }, "\(name)")
        }
      }
    }
  }

  /// Numbers that had no room to be read are left out of their cells.
  @Test func smallCellsHaveNoNumbers() throws {
    let matrix = Matrix(rows: 12, columns: 12, values: (0..<144).map { Double($0) / 1000 })
    let axis = Axis.names("class", (0..<12).map { "a class of a long name \($0)" })
    let figure = try Figure(
      "cells", title: "", summary: "",
      .heatMaps(
        [HeatMap("", matrix, x: axis, y: axis, reduction: .mean, decimals: 3)],
        .fromZero([matrix], label: "nats")))
    func numbers(_ width: Double) throws -> Int {
      try texts(figure, width: width, isTitled: false).count { $0.text.contains("0.1") }
    }
    #expect(try numbers(Figure.width) > 40 && numbers(220) < 3)
  }

  /// File systems write é as one letter or as two: the picture is the same.
  @Test func lettersAreShaped() throws {
    func png(_ name: String) throws -> [UInt8] {
      try Figure(
        "name", title: name, summary: "",
        .charts([LineChart("", x: "", y: "", series: [.init("", [.init(0, 1)], style: 0)])])
      ).png()
    }
    #expect(try png("caf\u{E9} \u{17B}") == png("cafe\u{301} Z\u{307}"))
    #expect(try png("cafe") != png("caf\u{E9}"))
  }

  @Test func lettersOfNoFontAreTold() {
    let names = ["car", "\u{10FFFD} of private use", "café"]
    #expect(SystemFonts.lacking(names) == [names[1]])
  }

  /// The functions and figures that the door declares are those of Pango's headers.
  @Test(
    .enabled(
      if: Places.compiler != nil && Places.command("pkg-config") != nil,
      "SKIPPED: no C compiler (cc, clang, gcc) or no pkg-config"))
  func declarationsAreThoseOfPango() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write(
      "door.c",
      """
      #include <pango/pangocairo.h>
      #include "\(Places.root)/Sources/CPango/pango.h"
      _Static_assert(CSG_PANGO_SCALE == PANGO_SCALE, "scale");
      _Static_assert(CSG_PANGO_BOLD == PANGO_WEIGHT_BOLD, "weight");
      _Static_assert(sizeof(PangoWeight) == sizeof(int), "enumeration");
      """)
    let flags = try Program(
      command: [try #require(Places.command("pkg-config")), "--cflags", "pangocairo"],
      in: folder.path
    ).finish()
    #expect(flags.status == 0, "\(flags.errors)")
    let compiled = try Program(
      command: [try #require(Places.compiler), "-fsyntax-only", "-Werror"]
        + flags.output.split(whereSeparator: \.isWhitespace).map(String.init) + [source],
      in: folder.path
    ).finish()
    #expect(compiled.status == 0, "\(compiled.errors)")
  }
}
