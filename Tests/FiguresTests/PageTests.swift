import Core
import Figures
import Foundation
import FoundationXML
import Testing

/// Pages as files: whole, alone, and safe from what names contain.
@Suite struct PageTests {
  private func text(_ page: Page) throws -> String {
    String(decoding: try page.html(), as: UTF8.self)
  }

  private var page: Page {
    get throws {
      let name = "cat <&> \"dog\""
      let matrix = Matrix(rows: 2, columns: 3, values: [0, 1, 2, 3, .nan, 5])
      let figure = try Figure(
        "m", title: "M of \(name)", summary: "See \(name).",
        .heatMaps(
          [
            HeatMap(
              name, matrix, x: .numbers("filter", count: 3), y: .names("class", [name, "b"]),
              reduction: .mean)
          ], .fromZero([matrix], label: "nats")))
      return Page(
        title: "Page of \(name)",
        blocks: [
          .heading(1, "One <1>"), .paragraph("a & b"),
          .table(Table(caption: "c<", header: ["", "x"], rows: [[name, "1.5"]], numeric: [1])),
          .figure(figure), .folded("more", [.heading(3, "Inside")]),
        ])
    }
  }

  @Test func pagesAreWellFormed() throws {
    let html = try page.html()
    let body = String(decoding: html, as: UTF8.self).replacing("<!DOCTYPE html>\n", with: "")
    let parser = XMLParser(data: Data(body.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(try page.html() == html, "the same page has the same bytes")
  }

  @Test func textIsEscapedEverywhere() throws {
    let text = try text(page)
    #expect(!text.contains("<&>") && !text.contains("One <1>"))
    let name = "cat &lt;&amp;&gt; &quot;dog&quot;"
    for part in [
      "<title>Page of \(name)</title>", "<h1>One &lt;1&gt;</h1>", "<p>a &amp; b</p>",
      "<th scope=\"row\">\(name)</th>", "<td class=\"number\">1.5</td>",
      "alt=\"M of \(name). See \(name).\"", "<figcaption>See \(name).</figcaption>",
      "<summary>more</summary>",
    ] { #expect(text.contains(part), "\(part)") }
  }

  /// Small pictures keep their pixels, larger ones are cut down to what a strip shows on a dense screen.
  @Test func stripsHoldPicturesWithTheirWords() throws {
    func place(_ side: Int, _ name: String) -> PictureStrip.Place {
      let tile = PictureSheet.Tile(
        [Color](repeating: Color(0x336699), count: 2 * side * side), height: side, width: 2 * side)
      return .init(tile, name: name, lines: ["<dog>", "1 %"])
    }
    let page = Page(
      title: "t",
      blocks: [.strips([PictureStrip("a & b", [place(4, "small"), place(300, "large")])])])
    let text = try text(page)
    #expect(
      XMLParser(data: Data(text.replacing("<!DOCTYPE html>", with: "").utf8)).parse())
    #expect(text.contains("<figcaption>a &amp; b</figcaption>"))
    #expect(text.contains("<b>small</b><br/>&lt;dog&gt;<br/>1 %"))
    #expect(text.contains("alt=\"a &amp; b: large, &lt;dog&gt;, 1 %\""))
    let images = text.components(separatedBy: "<img").dropFirst()
    #expect(images.map { $0.hasPrefix(" class=\"pixels\"") } == [true, false])
    #expect(images.allSatisfy { $0.contains("width=\"96\" height=\"48\"") })
    // Width and height stand behind the eight bytes that begin a PNG and the head of its first chunk.
    let extents = try images.map { image -> [UInt8] in
      let coded = try #require(
        image.components(separatedBy: "base64,")[1].components(separatedBy: "\"").first)
      return Array(try #require(Data(base64Encoded: coded))[16..<24])
    }
    #expect(extents == [[0, 0, 0, 8, 0, 0, 0, 4], [0, 0, 0, 192, 0, 0, 0, 96]])
  }

  /// Whatever the page shows lies in it.
  @Test func nothingIsLoaded() throws {
    let text = try text(page)
    for part in ["<script", "<link", "<iframe", "url(", "@import", "http-equiv"] {
      #expect(!text.contains(part), "\(part)")
    }
    for attribute in [" src=\"", " srcset=\"", " href=\""] {
      for rest in text.components(separatedBy: attribute).dropFirst() {
        #expect(rest.hasPrefix("data:image/svg+xml;base64,"), "\(attribute)\(rest.prefix(40))")
      }
    }
    #expect(text.components(separatedBy: "data:image/svg+xml;base64,").count == 3, "two layouts")
  }

  @Test func figuresOfAPageAreSVG() throws {
    let text = try text(page)
    for part in text.components(separatedBy: "base64,").dropFirst() {
      let data = try #require(Data(base64Encoded: String(part.prefix { $0 != "\"" })))
      #expect(XMLParser(data: data).parse())
    }
  }
}
