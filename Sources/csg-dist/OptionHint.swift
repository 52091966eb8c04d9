import Core

/// What an option that a command does not have may have meant: a key of the configuration.
enum OptionHint {
  /// The commands that have `--set`.
  private static let commands: Set = ["train"]

  /// A question for the message that refused these arguments; nil where no key is meant.
  static func text(_ arguments: [String], refusedBy message: String) -> String? {
    guard let command = arguments.first, commands.contains(command) else { return nil }
    for (place, argument) in arguments.enumerated() where argument.hasPrefix("--") {
      let parts = argument.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard message.contains("'--\(name)'") else { continue }
      let keys = PeerNames.keys(for: name)
      if keys.isEmpty { continue }
      let next = arguments.dropFirst(place + 1).first.flatMap { $0.hasPrefix("-") ? nil : $0 }
      let value = parts.count > 1 ? String(parts[1]) : next ?? "…"
      return "did you mean \(keys.map { "--set \($0)=\(value)" }.joined(separator: " "))?"
    }
    return nil
  }
}
