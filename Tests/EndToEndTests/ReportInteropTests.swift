import Foundation
import TestSupport
import Testing

/// A browser as the judge of `report.html`.
@Suite struct ReportInteropTests {
  /// What the browser finds in a window of a width.
  private struct Found: Decodable {
    let width: Int, scrollWidth: Int, images: Int, broken: Int, widest: Int
    /// Tables; those that are wider than their box, and those of them whose box shows it.
    let tables: Int, scrolling: Int, shadowed: Int
  }

  /// A page that shows another in a frame: windows are never narrower than 500.
  private func frame(_ page: String, width: Int, height: Int, in folder: TemporaryFolder) throws
    -> String
  {
    let text = page.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
    let path = try folder.write(
      "frame.html",
      """
      <!DOCTYPE html>
      <body style="margin:0"><iframe width="\(width)" height="\(height)" style="border:0" \
      srcdoc="\(text)"></iframe></body>
      """)
    return "file://\(path)"
  }

  /// Opens the report in a frame of `width` and asks the browser. Where CSG_ARTIFACTS names a folder, a
  /// screenshot of the frame goes there; a missing folder is made.
  private func look(_ report: String, width: Int, in folder: TemporaryFolder) throws -> Found {
    let question = """
      <script>
      onload = () => {
        const page = document.documentElement, images = [...document.images];
        document.querySelectorAll('details').forEach(x => x.open = true);
        const boxes = [...document.querySelectorAll('.box')];
        const scrolling = boxes.filter(x => x.scrollWidth > x.clientWidth);
        const found = {tables: boxes.length, scrolling: scrolling.length,
          shadowed: scrolling.filter(x => getComputedStyle(x).backgroundAttachment
            == 'local, local, scroll, scroll').length, width: innerWidth, scrollWidth: page.scrollWidth, images: images.length,
          broken: images.filter(x => x.naturalWidth == 0).length,
          widest: Math.ceil(Math.max(...images.map(x => x.getBoundingClientRect().right)))};
        parent.document.body.innerHTML = '<pre>' + JSON.stringify(found) + '</pre>';
      };
      </script>
      """
    let page = try eager(report)
    let asking = try frame(
      page.replacing("</body>", with: question + "</body>"), width: width, height: 1000, in: folder)
    let dumped = try Browser.open(["--window-size=1400,1000", "--dump-dom", asking], in: folder)
    #expect(dumped.status == 0, "\(dumped.errors)")
    let found: Found = try Browser.answer(of: dumped)
    if let artifacts = ProcessInfo.processInfo.environment["CSG_ARTIFACTS"] {
      try FileManager.default.createDirectory(
        atPath: artifacts, withIntermediateDirectories: true)
      let name = URL(fileURLWithPath: report).deletingPathExtension().lastPathComponent
      let picture = "\(artifacts)/\(name)-\(width).png"
      let shot = try Browser.open(
        [
          "--window-size=\(max(500, width)),9000", "--screenshot=\(picture)",
          try frame(page, width: width, height: 9000, in: folder),
        ], in: folder)
      #expect(shot.status == 0, "\(shot.errors)")
    }
    return found
  }

  /// The report without laziness: a page is judged, and printed, once all of its pictures are there, however
  /// slow the machine.
  private func eager(_ report: String) throws -> String {
    let page = try String(contentsOfFile: report, encoding: .utf8)
    return page.replacing(#"loading="lazy" decoding="async""#, with: "")
  }

  /// Pages that a browser prints of a document: Chromium writes one object for each.
  private func printed(_ page: String, in folder: TemporaryFolder) throws -> Int {
    let (source, target) = (try folder.write("printed.html", page), folder("printed.pdf"))
    let finished = try Browser.open(["--print-to-pdf=\(target)", "file://\(source)"], in: folder)
    #expect(finished.status == 0, "\(finished.errors)")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: target))
    let text = String(decoding: bytes, as: UTF8.self)
    return text.matches(of: #//Type\s*/Page\b/#).count
  }

  /// Paper cannot be unfolded.
  private func expectFoldedPartsInPrint(_ report: String, in folder: TemporaryFolder) throws {
    let page = try eager(report)
    let asIs = try printed(page, in: folder)
    let unfolded = try printed(
      page.replacing("<details", with: "<details open=\"\""), in: folder)
    let folded = try printed(page.replacing("@media print", with: "@media speech"), in: folder)
    #expect(asIs == unfolded && asIs > folded && folded > 0, "\(asIs), \(unfolded), \(folded)")
  }

  @Test(
    .enabled(if: Places.browser != nil, Comment(rawValue: Browser.missing)))
  func theReportFitsWideAndNarrowWindows() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.train("a", ["--max-steps", "14"]).status == 0)
    #expect(
      try sandbox.train("b", ["--max-steps", "14", "--set", "gate.schedule=standard"]).status == 0)
    let finished = try Program.run(
      ["analyze", "runs/a", "--baseline", "runs/b", "--data", "data", "--output", "out"],
      in: sandbox.path)
    #expect(finished.status == 0, "\(finished.errors)")
    for width in [1280, 400] {
      let found = try look(sandbox.folder("out/report.html"), width: width, in: sandbox.folder)
      #expect(found.width == width)
      #expect(found.scrollWidth == width, "nothing hangs over the side")
      #expect(found.images == 19 + 64 && found.broken == 0, "every figure and card is shown")
      #expect(found.widest <= width)
      #expect(found.shadowed == found.scrolling, "what scrolls shows it")
      #expect(found.scrolling > (width == 400 ? found.tables / 2 : -1))
    }
    try expectFoldedPartsInPrint(sandbox.folder("out/report.html"), in: sandbox.folder)
    // Of an attack: strips of pictures take the width that there is.
    let attacked = try Program.run(
      [
        "attack", "runs/a", "--data", "data", "--output", "a.h5", "--method", "pgd", "--epsilon",
        "0.3", "--samples", "40", "--report", "attack.html",
      ], in: sandbox.path)
    #expect(attacked.status == 0, "\(attacked.errors)")
    for width in [1280, 400] {
      let found = try look(sandbox.folder("attack.html"), width: width, in: sandbox.folder)
      #expect(found.width == width && found.scrollWidth == width)
      #expect(found.images >= 3 && found.images % 3 == 0 && found.broken == 0)
      #expect(found.widest <= width && found.shadowed == found.scrolling)
    }
  }
}
