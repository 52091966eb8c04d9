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
