import Network

/// A CIFAR ResNet's training loss by its definition, in Double, over plain arrays: the judge of
/// gradients. Slow; for small nets and images.
struct ReferenceNetwork {
  let blocks: Int, channels: Int, height: Int, width: Int, classes: Int
  let widths = [16, 32, 64]
  /// [n][C][H][W], and [n].
  var images: [[Double]]
  let labels: [Int]
  let lossWeight: Double
  /// Running means and variances by the norm's name; nil: the batch's own.
  var running: [String: (mean: [Double], variance: [Double])]?

  /// One image's map [C][H][W].
  private struct Map {
    var channels: Int, height: Int, width: Int
    var values: [Double]
  }

  /// Σ over images of lossWeight · cross-entropy, batch-normalised together; with a gate [C][K] on
  /// the CSG path. `onKink` is told the smallest |pre-activation|.
  func loss(_ parameters: [String: [Double]], gate: [Double]?) -> Double {
    func parameter(_ name: String) -> [Double] { parameters[name] ?? [] }
    let weight = parameter("fc.weight")
    var loss = 0.0
    for (n, plain) in features(parameters).enumerated() {
      let features = plain.enumerated().map { k, mean in
        mean * (gate.map { $0[labels[n] * plain.count + k] } ?? 1)
      }
      let logits = (0..<classes).map { c in
        parameter("fc.bias")[c]
          + features.indices.reduce(0) { $0 + weight[c * features.count + $1] * features[$1] }
      }
      let largest = logits.max() ?? 0
      let sum = logits.reduce(0) { $0 + Reference.exponential($1 - largest) }
      loss += lossWeight * (Reference.logarithm(sum) + largest - logits[labels[n]])
    }
    return loss
  }

  /// The pooled activations [n][K] of the last convolution.
  func features(_ parameters: [String: [Double]]) -> [[Double]] {
    func parameter(_ name: String) -> [Double] { parameters[name] ?? [] }
    func unit(
      _ x: [Map], _ convolution: String, _ norm: String, filters: Int, stride: Int,
      shortcut: [Map]?
    ) -> [Map] {
      let y = x.map { convolve($0, parameter("\(convolution).weight"), filters, stride) }
      return normalize(
        y, norm, parameter("\(norm).weight"), parameter("\(norm).bias"), shortcut: shortcut)
    }
    var x = images.map { Map(channels: channels, height: height, width: width, values: $0) }
    x = unit(x, "conv1", "bn1", filters: 16, stride: 1, shortcut: nil)
    for (stage, filters) in widths.enumerated() {
      for block in 0..<blocks {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        let inner = unit(
          x, "\(name).conv1", "\(name).bn1", filters: filters, stride: stride, shortcut: nil)
        x = unit(
          inner, "\(name).conv2", "\(name).bn2", filters: filters, stride: 1,
          shortcut: x.map { pad($0, filters, stride) })
      }
    }
    return x.map { map in
      let pixels = map.height * map.width
      return (0..<map.channels).map { k in
        map.values[k * pixels..<(k + 1) * pixels].reduce(0, +) / Double(pixels)
      }
    }
  }

  private func convolve(_ x: Map, _ weights: [Double], _ filters: Int, _ stride: Int) -> Map {
    let height = (x.height - 1) / stride + 1
    let width = (x.width - 1) / stride + 1
    var y = [Double](repeating: 0, count: filters * height * width)
    for k in 0..<filters {
      for c in 0..<x.channels {
        for tap in 0..<9 {
          let weight = weights[(k * x.channels + c) * 9 + tap]
          for h in 0..<height {
            let row = h * stride + tap / 3 - 1
            guard row >= 0 && row < x.height else { continue }
            for w in 0..<width {
              let column = w * stride + tap % 3 - 1
              guard column >= 0 && column < x.width else { continue }
              y[(k * height + h) * width + w] +=
                weight * x.values[(c * x.height + row) * x.width + column]
            }
          }
        }
      }
    }
    return Map(channels: filters, height: height, width: width, values: y)
  }

  private func normalize(
    _ y: [Map], _ norm: String, _ gamma: [Double], _ beta: [Double], shortcut: [Map]?
  ) -> [Map] {
    var z = y
    let pixels = y[0].height * y[0].width
    let count = Double(pixels * y.count)
    for k in 0..<y[0].channels {
      let range = k * pixels..<(k + 1) * pixels
      var mean = y.reduce(0) { $0 + $1.values[range].reduce(0, +) } / count
      var variance =
        y.reduce(0) { $0 + $1.values[range].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } } / count
      if let running = running?[norm] { (mean, variance) = (running.mean[k], running.variance[k]) }
      let deviation = (variance + 1e-5).squareRoot()
      for n in y.indices {
        for i in range {
          let normalized = (y[n].values[i] - mean) / deviation * gamma[k] + beta[k]
          z[n].values[i] = max(0, normalized + (shortcut?[n].values[i] ?? 0))
        }
      }
    }
    return z
  }

  private func pad(_ x: Map, _ filters: Int, _ stride: Int) -> Map {
    if stride == 1 && filters == x.channels { return x }
    let height = (x.height + 1) / 2
    let width = (x.width + 1) / 2
    var y = [Double](repeating: 0, count: filters * height * width)
    for c in 0..<x.channels {
      for h in 0..<height {
        for w in 0..<width {
          let to = ((c + (filters - x.channels) / 2) * height + h) * width + w
          y[to] = x.values[(c * x.height + 2 * h) * x.width + 2 * w]
        }
      }
    }
    return Map(channels: filters, height: height, width: width, values: y)
  }
}
