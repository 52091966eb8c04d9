extension String {
  /// The folder that the last component of this path lies in: "" for a lone name, "/" at the root.
  ///
  /// Ours, because `NSString.deletingLastPathComponent` traps on a name of one letter (Swift 6.3's
  /// Foundation on Linux).
  package var parentFolder: String {
    (hasPrefix("/") ? "/" : "") + split(separator: "/").dropLast().joined(separator: "/")
  }
}
