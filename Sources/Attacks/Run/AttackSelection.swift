import Core
import Datasets
import Inference
import Network

/// Which samples of a split are attacked.
package enum AttackSelection: Sendable, Equatable {
  case all
  /// The first ones, by number.
  case first(Int)
  /// The first ones that the net is right on.
  case firstCorrect(Int)
  /// The first ones of each class.
  case perClass(Int)
  /// These, rising, under a name of their own.
  case given([Int], name: String)

  /// As options and files have it.
  package var text: String {
    switch self {
    case .all: "all"
    case .first(let count): "the first \(count)"
    case .firstCorrect(let count): "the first \(count) that are right"
    case .perClass(let count): "the first \(count) of each class"
    case .given(_, let name): name
    }
  }

  /// The numbers of the samples, rising. Collective. `warn` is told where there are fewer than asked for.
  /// - Throws: `CSGError` 78 where there is none, or a class has none.
  package func samples(_ passes: SplitPasses, aim: AttackAim, warn: (String) -> Void) throws
    -> [Int]
  {
    let dataset = passes.dataset
    var left = (0..<dataset.count).map { ($0, Int(dataset.label($0))) }
    if case .label(let target) = aim { left.removeAll { $0.1 == target } }
    var chosen: [Int]
    switch self {
    case .all: chosen = left.map(\.0)
    case .first(let count):
      chosen = left.prefix(count).map(\.0)
      if chosen.count < count {
        warn("\(dataset.folder) has \(NumberText.count(chosen.count, "sample")) to attack")
      }
    case .firstCorrect(let count):
      chosen = try Self.correct(left, count, passes)
      guard !chosen.isEmpty else {
        throw CSGError.configuration(
          "--first-correct",
          "the net is right on none of the \(NumberText.count(left.count, "sample"))",
          remedy: "look at csg-dist evaluate: are data and normalisation the net's?")
      }
      if chosen.count < count {
        warn("the net is right on \(NumberText.count(chosen.count, "sample")) only")
      }
    case .perClass(let count):
      chosen = try Self.perClass(left, count, dataset, aim, warn: warn)
    case .given(let samples, _): chosen = samples
    }
    guard !chosen.isEmpty else {
      throw CSGError.configuration("--data", "\(dataset.folder) has no sample to attack")
    }
    return chosen
  }

  private static func perClass(
    _ samples: [(number: Int, label: Int)], _ count: Int, _ dataset: Dataset, _ aim: AttackAim,
    warn: (String) -> Void
  ) throws -> [Int] {
    var chosen: [Int] = []
    for (label, name) in dataset.manifest.classes.enumerated() where aim != .label(label) {
      let ofClass = samples.filter { $0.label == label }.prefix(count)
      guard !ofClass.isEmpty else {
        throw CSGError.configuration(
          "--per-class",
          "class '\(FileName(Array(name.utf8)).shown)' has no sample in \(dataset.folder)",
          remedy: "take --samples, or another split")
      }
      if ofClass.count < count {
        warn(
          "class '\(FileName(Array(name.utf8)).shown)' has \(NumberText.count(ofClass.count, "sample")) only"
        )
      }
      chosen += ofClass.map(\.number)
    }
    return chosen.sorted()
  }

  /// The first of these samples that the net is right on: blocks of samples in order, one a rank at a
  /// time, until there are enough.
  private static func correct(
    _ samples: [(number: Int, label: Int)], _ count: Int, _ passes: SplitPasses
  ) throws -> [Int] {
    let size = passes.network.capacity
    let communicator = passes.communicator
    let isLeft = Set(samples.map(\.number))
    var chosen: [Int] = []
    for round in stride(from: 0, to: passes.dataset.count, by: size * communicator.size) {
      let start = min(round + communicator.rank * size, passes.dataset.count)
      let part = start..<min(start + size, passes.dataset.count)
      var right: [Int32] = []
      try communicator.together {
        try passes.forEach(part.isEmpty ? [] : [part]) { part, labels in
          let predictions = passes.network.predictedClasses(count: part.count) { _ in nil }
          for (sample, (label, prediction)) in zip(part, zip(labels, predictions))
          where label == prediction { right.append(Int32(sample)) }
        }
      }
      chosen += try communicator.gather(right).joined().map(Int.init).filter(isLeft.contains)
      if chosen.count >= count { break }
    }
    return Array(chosen.prefix(count))
  }
}
