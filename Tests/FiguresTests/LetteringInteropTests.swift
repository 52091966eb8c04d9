import Foundation
import TestSupport
import Testing

import Figures

/// A browser as the judge of where texts stand, in its fonts.
@Suite struct LetteringInteropTests {
  private struct Found: Decodable { let figures: Int, texts: Int, outside: [String] }

  @Test(
    .enabled(if: Places.browser != nil, Comment(rawValue: Browser.missing)))
  func textsStandInsideTheirFigures() throws {
    let folder = try TemporaryFolder()
    let figures = try LetteredFigures.all.flatMap { figure in
      try [Figure.width, Figure.narrowWidth].map {
        // Without the line that says what an XML file is.
        String(decoding: try figure.svg(width: $0), as: UTF8.self).drop { $0 != "\n" }
      }
    }
    let page = try folder.write(
      "figures.html",
      """
      <!DOCTYPE html><meta charset="utf-8"><body>\(figures.joined(separator: "\n"))
      <script>
      const outside = [];
      const texts = [...document.querySelectorAll('svg text')];
      for (const text of texts) {
        const own = text.getBoundingClientRect();
        const all = text.ownerSVGElement.getBoundingClientRect();
        if (own.left < all.left || own.right > all.right || own.top < all.top
          || own.bottom > all.bottom) outside.push(text.textContent);
      }
      const found = {figures: document.querySelectorAll('svg').length, texts: texts.length, outside};
      document.body.innerHTML = '<pre>' + JSON.stringify(found).replaceAll('&', '+')
        .replaceAll('<', '(') + '</pre>';
      </script></body>
      """)
    let dumped = try Browser.open(["--dump-dom", "file://\(page)"], in: folder)
    #expect(dumped.status == 0, "\(dumped.errors)")
    let found: Found = try Browser.answer(of: dumped)
    #expect(found.figures == figures.count && found.texts > 100)
    #expect(found.outside.isEmpty)
  }
}
