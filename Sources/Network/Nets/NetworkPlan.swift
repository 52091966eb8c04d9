import Core
import Kernels

/// What a net is planned for.
struct NetworkOrder {
  /// Of an image.
  let channels: Int, height: Int, width: Int
  let classes: Int
  let choice: ConvolutionAlgorithm.Choice
  let level: CPULevel
  /// Whether backward passes may go to the image.
  let reachesImage: Bool

  /// The bordered image.
  func image(halo: Int) -> MapShape {
    .image(channels: channels, height: height, width: width, halo: halo)
  }
}

/// A net for images of a size before it has buffers: what its tensors are, and how to build its
/// layers.
protocol NetworkPlan {
  /// The bordered image.
  var input: MapShape { get }
  /// All, linear layers that are computed as such among them.
  var convolutions: [Convolution] { get }
  /// Those that make the features.
  var features: [Convolution] { get }
  /// In the order of torchvision's state dict.
  var parameters: [TensorSpec] { get }
  var statistics: [TensorSpec] { get }

  func layers(_ resources: NetworkResources) -> NetworkLayers
}

/// What all layers of a net share.
struct NetworkResources {
  let parameters: TensorLayout, statistics: TensorLayout
  let classes: Int
  /// Images that one pass holds.
  let capacity: Int
  let workspace: ConvolutionWorkspace
  /// Where the replicas that batch norms take together meet.
  let normReplicas: NormReplicas
  let team: ThreadTeam
  let level: CPULevel
  /// Probability that dropout drops a value, where the net has dropout.
  let dropout: Double
}

/// The layers of a net, from the image to the loss.
struct NetworkLayers {
  let stem: ConvolutionStage
  let blocks: [any Block]
  let head: any Head
}
