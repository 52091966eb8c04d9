import Storage

extension Checkpoint {
  private static let prefix = "changed: "

  /// What was changed of the run on the way: lines of the provenance that begin with `changed: `.
  package var changes: [String] {
    get {
      provenance.split(separator: "\n").filter { $0.hasPrefix(Self.prefix) }
        .map { String($0.dropFirst(Self.prefix.count)) }
    }
    set {
      let rest = provenance.split(separator: "\n").filter { !$0.hasPrefix(Self.prefix) }
      provenance = (rest.map(String.init) + newValue.map { Self.prefix + $0 }).joined(
        separator: "\n")
    }
  }
}
