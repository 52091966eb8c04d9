/// The control groups of this process (cgroups(7), versions 1 and 2, also both at a time): what they
/// and those above them limit.
///
/// Their files are looked for where every distribution mounts them. A container without a name space of
/// its own is told the host's path of its group but shown that group as the root: then what is missing
/// on the way up is passed over. A file that cannot be read limits nothing that we could know of.
struct ControlGroups {
  /// A value, and the file that it stands in.
  struct Value<Number> {
    let number: Number
    let file: String
  }

  private let root: String
  /// The folders of this process's group and those above it, for the controllers of version 1 by name; for
  /// version 2 under "".
  private var folders: [String: [String]] = [:]

  /// Reads /proc/self/cgroup below the folder `root`; "" is the machine itself.
  init(root: String = "") {
    self.root = root
    for line in Self.text("\(root)/proc/self/cgroup").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let steps = parts[2].split(separator: "/").filter { $0 != ".." }
      let groups = (0...steps.count).reversed().map { steps[..<$0].map { "/" + $0 }.joined() }
      func places(_ mounts: [String]) -> [String] {
        mounts.flatMap { mount in groups.map { "/sys/fs/cgroup" + mount + $0 } }
      }
      if parts[1].isEmpty { folders[""] = places(["", "/unified"]) }
      for controller in parts[1].split(separator: ",") {
        folders[String(controller)] = places(["/\(controller)", "/\(parts[1])"])
      }
    }
  }

  /// The least memory, in bytes, that one of the groups grants; nil where none sets a limit.
  var memoryBytes: Value<Int>? {
    smallest([("", "memory.max"), ("memory", "memory.limit_in_bytes")]) { text, _ in Int(text) }
  }

  /// The least time on cores, in seconds a second, that one of the groups grants; nil where none sets a
  /// limit.
  var cores: Value<Double>? {
    smallest([("", "cpu.max"), ("cpu", "cpu.cfs_quota_us")]) { text, folder in
      let parts = text.split(separator: " ").map { Double($0) }  // "max" is none
      guard let quota = parts.first ?? nil, quota > 0 else { return nil }
      let period =
        parts.count > 1 ? parts[1] : Double(Self.line("\(folder)/cpu.cfs_period_us"))
      guard let period, period > 0 else { return nil }
      return quota / period
    }
  }

  private func smallest<Number: Comparable>(
    _ files: [(controller: String, name: String)],
    _ parse: (_ text: String, _ folder: String) -> Number?
  ) -> Value<Number>? {
    let values = files.flatMap { file in
      (folders[file.controller] ?? []).compactMap { folder -> Value<Number>? in
        let place = "\(folder)/\(file.name)"
        return parse(Self.line(root + place), root + folder).map { Value(number: $0, file: place) }
      }
    }
    return values.min { $0.number < $1.number }
  }

  private static func line(_ path: String) -> String {
    String(text(path).prefix { $0 != "\n" })
  }

  private static func text(_ path: String) -> String {
    guard let bytes = try? FileSystem.contents(of: path) else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
