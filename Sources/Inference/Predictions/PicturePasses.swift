import Communicator
import Core
import Datasets
import Foundation
import Kernels
import Network
import Storage

/// Passes of a network over files of pictures, over all ranks: each goes the way that evaluation's go.
package struct PicturePasses {
  private let network: Network
  private let preprocessing: Preprocessing
  private let normalizer: ImageNormalizer
  private let communicator: Communicator

  /// A picture that cannot be decoded.
  package struct Fault: Codable, Sendable {
    /// Its path, and what is wrong, which begins with it.
    package let picture: String, reason: String

    /// What is wrong with a picture.
    package init(picture: String, reason: String) {
      self.picture = picture
      self.reason = reason
    }
  }

  init(network: Network, preprocessing: Preprocessing, communicator: Communicator) {
    self.network = network
    self.preprocessing = preprocessing
    self.communicator = communicator
    normalizer = ImageNormalizer(mean: preprocessing.mean, std: preprocessing.std)
  }

  /// What the network says of each picture, in order; nil of one that is damaged, which is told.
  /// Collective.
  /// - Throws: `CSGError` of what is no damage: 66 or 74.
  package func answers(of paths: [String]) throws -> (answers: [PictureAnswer?], faults: [Fault]) {
    let share = SampleBlocks(count: paths.count, communicator: communicator)
    let width = network.answerWidth
    var mine: [Float] = []
    var isDamaged: [UInt8] = []
    var faults: [Fault] = []
    for block in share.mine {
      for first in stride(from: block.lowerBound, to: block.upperBound, by: network.capacity) {
        let paths = paths[first..<min(first + network.capacity, block.upperBound)]
        let images = try images(of: Array(paths), &faults)
        let whole = images.compactMap { $0 }
        fill(whole)
        network.forward(count: whole.count)
        let answers: [Float] = network.answers(count: whole.count)
        var next = 0
        for image in images {
          isDamaged.append(image == nil ? 1 : 0)
          guard image != nil else {
            mine += Array(repeating: 0, count: width)
            continue
          }
          mine += answers[next..<next + width]
          next += width
        }
      }
    }
    let all = network.answers(of: try share.gather(mine, width: width))
    let damaged = try share.gather(isDamaged)
    let told = try communicator.gather([UInt8](JSONEncoder().encode(faults))).flatMap {
      try JSONDecoder().decode([Fault].self, from: Data($0))
    }
    return (
      zip(all, damaged).map { $1 == 0 ? $0 : nil },
      paths.flatMap { path in
        Array(told.filter { $0.picture == path }.prefix(1))
      }
    )
  }

  /// The images of files, decoded by all threads; nil for a damaged one.
  private func images(of paths: [String], _ faults: inout [Fault]) throws -> [Picture?] {
    let decoded = paths.map { _ in Decoded() }
    let preprocessing = preprocessing
    network.team.forEach(paths.count) { i, _ in
      decoded[i].result = Result {
        guard let bytes = try FileSystem.contents(of: paths[i]) else {
          throw CSGError(.noInput, "\(paths[i]): leads nowhere, or has gone")
        }
        return try preprocessing.image(of: bytes, path: paths[i])
      }
    }
    return try zip(paths, decoded).map { path, decoded in
      do {
        return try decoded.result?.get()
      } catch let error as CSGError where error.exitCode == .data {
        faults.append(Fault(picture: path, reason: error.message))
        return nil
      }
    }
  }

  /// What one thread leaves for the caller.
  private final class Decoded: @unchecked Sendable { var result: Result<Picture, any Error>? }

  private func fill(_ images: [Picture]) {
    let batch = Batch(
      epoch: 0, step: 0, replicas: [0..<images.count], pixels: images.flatMap(\.pixels),
      labels: images.map { _ in 0 })
    normalizer.fill(network.images, from: batch, 0..<images.count, team: network.team)
  }
}

extension CheckpointedRun {
  /// A checkpoint to ask about pictures, the same on every rank; collective.
  package static func open(
    _ path: String, sets: [String], options: [Agreement], communicator: Communicator
  ) throws -> CheckpointedRun {
    let level = try CPULevel.select()
    try communicator.agree(
      on: options + [Agreement("--set", sets.joined(separator: " ")), .arithmetic(level)])
    var opened: CheckpointedRun?
    try communicator.together { opened = try CheckpointedRun(path, sets: sets) }
    guard let opened else { preconditionFailure("together has returned") }
    try communicator.agree(on: [opened.checkpoint.agreement("the checkpoint")])
    return opened
  }

  /// Passes of its network over so many pictures. Collective.
  /// - Throws: `CSGError` 78 where it is not known what is done to a picture.
  package func passes(pictures: Int, communicator: Communicator) throws -> PicturePasses {
    var settled: Preprocessing?
    try communicator.together { settled = try preprocessing() }
    guard let settled else { preconditionFailure("together has returned") }
    try communicator.agree(on: [Agreement("what is done to a picture", try settled.text)])
    return PicturePasses(
      network: try network(
        height: settled.height, width: settled.width,
        capacity: max(1, min(pictures, SampleBlocks.size)), reachesImage: false,
        compute: configuration.values.compute.resolved(
          level: CPULevel.select(), communicator: communicator)),
      preprocessing: settled, communicator: communicator)
  }
}
