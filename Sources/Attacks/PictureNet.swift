import Core
import Inference
import Kernels
import Network

/// A trained network as attacks see it: pictures in [0, 1] go in, logits of the STD path and gradients
/// by the pictures come out.
///
/// The normalisation is inside, so that ε, steps and distances are of pictures in [0, 1]; the network is
/// in evaluation mode, its norms by running statistics, without dropout. Pictures go through it as many
/// at a time as it holds; a picture's logits and gradient do not depend on which.
package final class PictureNet: AttackedNet {
  private let network: Network
  private let normalizer: ImageNormalizer
  /// What was asked of it so far, pictures forward and pictures back: for measurements.
  package private(set) var forwards = 0, backwards = 0

  /// A network that was planned with `reachesImage`.
  package init(network: Network, normalizer: ImageNormalizer) {
    self.network = network
    self.normalizer = normalizer
  }

  package var channels: Int { network.input.channels }
  package var height: Int { network.input.height }
  package var width: Int { network.input.width }
  package var classes: Int { network.classes }
  /// The threads that it computes with, free between its calls.
  package var team: ThreadTeam { network.team }

  /// Logits [C] of each picture.
  package func logits(_ pictures: [[Float]]) -> [[Float]] {
    var all: [[Float]] = []
    forEachChunk(of: pictures) { all += network.logits(count: $0.count) }
    return all
  }

  /// A picture's logits [C], and the means of what every convolution leaves of it [F].
  package typealias Answer = (logits: [Float], features: [Float])

  /// Logits and pooled features (`Network.pooledFeatures`) of each picture.
  package func answers(_ pictures: [[Float]]) -> [Answer] {
    var all: [Answer] = []
    forEachChunk(of: pictures) { chunk in
      let logits = network.logits(count: chunk.count)
      for (n, logits) in logits.enumerated() { all.append((logits, network.pooledFeatures(n))) }
    }
    return all
  }

  /// A picture's logits [C], and a gradient by it [C][H][W].
  package typealias Slope = (logits: [Float], gradient: [Float])

  /// Logits of each picture, and the gradient of its cross-entropy with a label.
  package func crossEntropySlopes(_ pictures: [[Float]], labels: [Int]) -> [Slope] {
    slopes(of: pictures) { chunk, _ in
      .loss(LabelLoss(labels[chunk].map(Int32.init)[...], path: .standard))
    }
  }

  /// Logits of each picture, and the gradient of Σ over classes of logit · weight, whose weights [C]
  /// `weights` gives for picture n by its logits.
  package func slopes(
    _ pictures: [[Float]], weights: (_ n: Int, _ logits: [Float]) -> [Float]
  ) -> [Slope] {
    slopes(of: pictures) { chunk, logits in
      let seeds = FloatBuffer(chunk.count * classes).all
      seeds.copy(from: zip(chunk, logits).flatMap { weights($0, $1) })
      return .logits(seeds)
    }
  }

  private func slopes(
    of pictures: [[Float]], seed: (_ chunk: Range<Int>, _ logits: [[Float]]) -> Seed
  ) -> [Slope] {
    var all: [Slope] = []
    forEachChunk(of: pictures) { chunk in
      let logits = network.logits(count: chunk.count)
      network.backward(from: seed(chunk, logits), to: .image)
      backwards += chunk.count
      for (n, logits) in logits.enumerated() {
        let gradient = normalizer.byPicture(
          network.imageGradient(n), pixels: network.input.pixels)
        all.append((logits, gradient))
      }
    }
    return all
  }

  /// Calls `body` for as many pictures at a time as the network holds, after their forward pass.
  private func forEachChunk(of pictures: [[Float]], _ body: (Range<Int>) -> Void) {
    for start in stride(from: 0, to: pictures.count, by: network.capacity) {
      let chunk = start..<min(start + network.capacity, pictures.count)
      team.forEach(chunk.count) { n, _ in
        normalizer.fill(network.images, n, from: pictures[start + n])
      }
      network.forward(count: chunk.count)
      forwards += chunk.count
      body(chunk)
    }
  }
}
