import Attacks
import Figures

/// Pictures of a defence that fooled a net.
struct DefencePictures {
  let metrics: DefenceMetrics
  let folder: DefenceFolder
  let extent: AttackedStrip.Extent
  let classes: [String]

  /// Those of one attack on one net.
  struct Group {
    let name: String, strips: [PictureStrip]
  }

  /// Pictures of a group.
  private static let shown = 3

  /// The first pictures of each attack on each net that it fooled.
  /// - Throws: `CSGError` 65 where a file is damaged.
  func groups() throws -> [Group] {
    try metrics.attacks.flatMap { attack in
      try AttackSubject.allCases.compactMap { subject -> Group? in
        let file = try AttackReader(
          folder.attack(subject, attack.name),
          values: extent.channels * extent.height * extent.width)
        let fooled = file.isSuccess.indices.filter { file.isSuccess[$0] == 1 }.prefix(Self.shown)
        guard !fooled.isEmpty else { return nil }
        return Group(
          name: "\(attack.name), \(subject.rawValue)",
          strips: try AttackedStrip(file: file, extent: extent, classes: classes)
            .strips(Array(fooled)))
      }
    }
  }
}
