import Core
import KernelInterface

/// Floats that a convolution needs of a workspace.
struct ConvolutionScratch {
  /// For each thread; prepared weights; and, for each image of a group, transformed maps, beside
  /// what they need once; the weight gradient before its transform.
  var thread = 0, prepared = 0, transformedPerImage = 0, transformed = 0, weightGradient = 0

  /// What serves both.
  func union(_ other: ConvolutionScratch) -> ConvolutionScratch {
    ConvolutionScratch(
      thread: max(thread, other.thread), prepared: max(prepared, other.prepared),
      transformedPerImage: max(transformedPerImage, other.transformedPerImage),
      transformed: max(transformed, other.transformed),
      weightGradient: max(weightGradient, other.weightGradient))
  }
}

/// The threads of a rank, and the scratch that all convolutions of its network share.
package final class ConvolutionWorkspace: Sendable {
  /// The threads.
  package let team: ThreadTeam
  private let threadScratch: [FloatSlice]
  private let outputGradientStorage: [MapShape?: FloatSlice]
  let rotated: FloatSlice, widened: FloatSlice, prepared: FloatSlice
  let transformed: FloatSlice, weightGradient: FloatSlice

  /// A workspace for passes of at most `capacity` images.
  package init(_ convolutions: [Convolution], capacity: Int, team: ThreadTeam) {
    self.team = team
    func most(_ count: (Convolution) -> Int) -> FloatSlice {
      FloatBuffer(convolutions.map(count).max() ?? 0).all
    }
    threadScratch = (0..<team.count).map { _ in most { $0.scratch.thread } }
    rotated = most(\.rotatedCount)
    widened = most(\.widenedCount)
    prepared = most { $0.scratch.prepared }
    transformed = most { convolution in
      let images = min(convolution.groupSize(threads: team.count), capacity)
      return convolution.scratch.transformed + images * convolution.scratch.transformedPerImage
    }
    weightGradient = most { $0.scratch.weightGradient }
    // A halo must stay zero, so shapes do not share storage.
    var storage: [MapShape?: FloatSlice] = [:]
    for convolution in convolutions {
      let shape = convolution.outputGradient
      let images = min(convolution.groupSize(threads: team.count), capacity)
      let key = Self.key(shape)
      if (storage[key]?.count ?? -1) < images * shape.count {
        storage[key] = FloatBuffer(images * shape.count).all
      }
    }
    outputGradientStorage = storage
  }

  private static func key(_ shape: MapShape) -> MapShape? {
    // Maps without halo may share: whoever uses one overwrites all of it.
    shape.halo == 0 ? nil : shape
  }

  func scratch(_ thread: Int) -> FloatSlice { threadScratch[thread] }

  /// Storage for dy of `capacity` images, its halo zero.
  func outputGradients(_ shape: MapShape, capacity: Int) -> FloatSlice {
    guard let storage = outputGradientStorage[Self.key(shape)] else {
      preconditionFailure("the workspace was planned without \(shape)")
    }
    return storage[0..<capacity * shape.count]
  }

  /// Images of a job: `size`, or fewer where some threads would else have none.
  func share(_ size: Int, of count: Int) -> Int {
    max(1, min(size, (count + team.count - 1) / team.count))
  }
}
