import ArgumentParser
import Communicator
import Core
import Interpretability
import Report

/// Many analysed runs as one table.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "A table of analysed runs, by recipe, with errors over seeds.",
    discussion: """
      Runs whose configurations differ in the seed alone (and in keys that change no result, as name, \
      log or compute) are one recipe: a row with mean, standard deviation and 95 % interval of each \
      number. A recipe with gates is held against the same recipe without (gate.schedule standard), \
      pair by pair of runs with the same seed: differences with a paired t-test, ratios by their \
      logarithms.

      A DIR is a folder with the metrics.json that analyze wrote, or a run directory with one such \
      folder in it. The network of an analysis counts, not its baseline: analyze baselines too. \
      Curves are drawn of runs whose metrics.jsonl (and config.yaml) lie in DIR.

        csg-dist train csg.yaml --set seed=1 --output runs/csg-1
        csg-dist analyze runs/csg-1 --data data/cifar10 --output runs/csg-1/analysis
        csg-dist compare runs/csg-* runs/std-* --output runs/compared

      The table goes to stdout as Markdown. --output also writes compare.md, compare.csv, \
      compare.json (all numbers, with definitions) and report.html (tables and curves in one file), \
      replacing those of an earlier comparison.
      """)

  @Argument(help: ArgumentHelp("Analysed runs.", valueName: "dir"))
  var paths: [String]

  @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Label of the recipe that all others are held against, as the table shows it.",
      valueName: "name"))
  var baseline: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(help: "Print comma-separated values: a row for each recipe and number.")
  var csv = false

  func validate() throws {
    guard !(json && csv) else { throw ValidationError("--json and --csv exclude each other") }
    guard output != "" else { throw ValidationError("--output names no directory") }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    try communicator.onRoot { try compare() }
    try communicator.finish()
  }

  private func compare() throws {
    let folder = output.map { ComparisonFolder(path: $0) }
    try folder?.requireUsable()
    let comparison = try Comparison(paths.map { try AnalysedRun(at: $0) }, baseline: baseline)
    for warning in comparison.warnings { Console.warn(warning) }
    let text = ComparisonText(comparison: comparison)
    let document = try ComparisonDocument(comparison).json()
    try folder?.write(comparison, text: text, document: document)
    let result =
      if json {
        String(decoding: document, as: UTF8.self)
      } else {
        csv ? ComparisonCSV.text(comparison) : text.markdown
      }
    // The end of the last line comes with the result; CR LF is one Character.
    try Console.result(String(String.UnicodeScalarView(result.unicodeScalars.dropLast())))
    if let output {
      Console.log(
        "written: \(output)/compare.md, \(output)/compare.csv, \(output)/compare.json, "
          + "\(output)/report.html")
    }
  }
}
