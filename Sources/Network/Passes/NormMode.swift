import Core

/// Whose statistics a forward pass normalises by.
enum NormMode {
  /// Those of the images of these replicas, one replica's after the other's, and of whatever replicas
  /// are in their scope; overwrites the layer's part of this buffer by them.
  case training(replicas: [Range<Int>], moments: FloatSlice)
  /// These running ones.
  case evaluating(running: FloatSlice)
}
