import Foundation
import TestSupport
import Testing

/// A browser as the judge of `report.html`.
@Suite struct ReportInteropTests {
  static let noBrowser =
    "SKIPPED: run launch/test --interop (sets CSG_INTEROP_BROWSER where Chromium is installed)"

  /// What the browser finds in a window of a width.
  private struct Found: Decodable {
    let width: Int, scrollWidth: Int, images: Int, broken: Int, widest: Int
  }

  /// Opens the report in a frame of `width` (a window would be at least 500 wide) and asks the browser.
  /// Where CSG_ARTIFACTS names a folder, a screenshot goes there.
  private func look(_ report: String, width: Int, in folder: TemporaryFolder) throws -> Found {
    let browser = try #require(Places.browser)
    func open(_ arguments: String...) throws -> Finished {
      try Program(
        command: [
          browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
          "--disable-dev-shm-usage",
          "--user-data-dir=\(folder("profile"))", "--virtual-time-budget=30000",
        ] + arguments, in: folder.path
      ).finish()
    }
    let question = """
      <script>
      onload = async () => {
        const page = document.documentElement, images = [...document.images];
        document.querySelectorAll('details').forEach(x => x.open = true);
        await Promise.all(images.map(x => x.decode().catch(() => 0)));
        const found = {width: innerWidth, scrollWidth: page.scrollWidth, images: images.length,
          broken: images.filter(x => x.naturalWidth == 0).length,
          widest: Math.ceil(Math.max(...images.map(x => x.getBoundingClientRect().right)))};
        parent.document.body.innerHTML = '<pre>' + JSON.stringify(found) + '</pre>';
      };
      </script>
      """
    let page = try String(contentsOfFile: report, encoding: .utf8)
    let asking = page.replacing("</body>", with: question + "</body>")
      .replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
    let frame = try folder.write(
      "frame.html",
      """
      <!DOCTYPE html>
      <body style="margin:0"><iframe width="\(width)" height="1000" style="border:0" \
      srcdoc="\(asking)"></iframe></body>
      """)
    let dumped = try open("--window-size=1400,1000", "--dump-dom", "file://\(frame)")
    #expect(dumped.status == 0, "\(dumped.errors)")
    let text = dumped.output.components(separatedBy: "<pre>").last?
      .components(separatedBy: "</pre>").first
    let found = try JSONDecoder().decode(Found.self, from: Data((text ?? "").utf8))
    if let artifacts = ProcessInfo.processInfo.environment["CSG_ARTIFACTS"] {
      let picture = "\(artifacts)/report-\(width).png"
      let shot = try open(
        "--window-size=\(width),9000", "--screenshot=\(picture)", "file://\(report)")
      #expect(shot.status == 0, "\(shot.errors)")
    }
    return found
  }

  @Test(
    .enabled(if: Places.browser != nil, Comment(rawValue: noBrowser)))
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
      #expect(found.images == 19 && found.broken == 0, "every figure is shown")
      #expect(found.widest <= width)
    }
  }
}
