/// Names of tensors as other programs write them, and torchvision's.
enum WeightNames {
  /// What programs put before every name: PyTorch's DataParallel and compile, Lightning, training scripts.
  private static let wrappers: Set<Substring> = [
    "module", "model", "net", "network", "state_dict", "backbone", "encoder", "_orig_mod",
    "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
  ]
  /// Those of them that also stand within names, where a part of a net was wrapped.
  private static let wrappersWithin = wrappers.filter { $0.hasPrefix("_") }

  /// How torchvision's names, and ours, begin: these are no prefixes.
  private static let beginnings: Set<Substring> = [
    "conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc", "linear", "features",
    "classifier", "head", "csg", "lmask",
  ]

  /// The name of G as the method's authors write it, [K, C]: the transpose of ours.
  static let authorsGate = "lmask.mask"

  /// Torchvision's names of `names`, in order: wrappers and any other prefix that all have are dropped;
  /// `linear.` and `head.fc.` stand for `fc.`, a block's `shortcut.` for its `downsample.`.
  static func torchvision(_ names: [String]) -> [String] {
    var all = names.map { $0.split(separator: ".", omittingEmptySubsequences: false) }
    while true {
      all = all.map(unwrapped)
      guard all.count > 1, let first = all[0].first, !beginnings.contains(first),
        all.allSatisfy({ $0.count > 2 && $0.first == first })
      else { break }
      all = all.map { Array($0.dropFirst()) }
    }
    return all.map { parts in
      var parts = parts
      if parts.starts(with: ["head", "fc"]) { parts.removeFirst() }
      if parts.first == "linear" { parts[0] = "fc" }
      if parts.count > 2, parts[2] == "shortcut" { parts[2] = "downsample" }
      return parts.joined(separator: ".")
    }
  }

  private static func unwrapped(_ parts: [Substring]) -> [Substring] {
    let bare = parts.drop { wrappers.contains($0) }
    return bare.isEmpty ? parts : bare.filter { !wrappersWithin.contains($0) }
  }

  /// A name as CIFAR's ResNets in the wild have it: `linear.*`, `layer2.0.shortcut.*`.
  static func linear(_ name: String) -> String {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false)
    if parts.first == "fc" { parts[0] = "linear" }
    if parts.count > 2, parts[2] == "downsample" { parts[2] = "shortcut" }
    return parts.joined(separator: ".")
  }
}
