import Foundation

/// Chromium, without a window, as a judge.
public enum Browser {
  /// Why a test that needs it is skipped.
  public static let missing =
    "SKIPPED: run launch/test --interop (sets CSG_INTEROP_BROWSER where Chromium is installed)"

  /// Opens what the arguments name, with a profile of its own in `folder`.
  public static func open(_ arguments: [String], in folder: TemporaryFolder) throws -> Finished {
    try Program(
      command: [
        Places.browser ?? "chromium", "--headless", "--no-sandbox", "--disable-gpu",
        "--hide-scrollbars", "--disable-dev-shm-usage",
        "--user-data-dir=\(folder("profile"))", "--virtual-time-budget=30000",
      ] + arguments, in: folder.path
    ).finish()
  }

  /// What a page that is open has left in its last `<pre>`.
  public static func answer<Answer: Decodable>(of dumped: Finished) throws -> Answer {
    let text = dumped.output.components(separatedBy: "<pre>").last?
      .components(separatedBy: "</pre>").first
    return try JSONDecoder().decode(Answer.self, from: Data((text ?? "").utf8))
  }
}
