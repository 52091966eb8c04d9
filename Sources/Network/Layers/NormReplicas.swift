import Core

/// Whose images a batch norm takes together.
package struct NormScope {
  /// Replicas that are normalised together, and those of them that go through this network.
  let replicas: Int, own: Range<Int>
  let complete: (_ rows: inout [Double], _ width: Int) throws -> Void

  /// Each replica's images by themselves: a pass serves one replica.
  package static var replica: NormScope { NormScope(replicas: 1, own: 0..<1) { _, _ in } }

  /// The images of `replicas` replicas: those of a pass are `own`, the others go through networks of
  /// other ranks at the same time. `complete` is given rows [replica][width] of which those of `own`
  /// are filled in, and fills in the others.
  package init(
    replicas: Int, own: Range<Int>,
    complete: @escaping (_ rows: inout [Double], _ width: Int) throws -> Void
  ) {
    precondition(own.lowerBound >= 0 && own.upperBound <= replicas && !own.isEmpty)
    self.replicas = replicas
    self.own = own
    self.complete = complete
  }
}

/// Where the replicas of a `NormScope` meet: numbers of each, merged in replica order, so that no
/// bit depends on which rank computed them.
final class NormReplicas {
  private let scope: NormScope
  private var rows: ReplicaRows
  /// What made a meeting fail: the pass then goes on in vain, without further meetings.
  private(set) var fault: (any Error)?

  /// Meetings about layers of at most `channels` channels.
  init(_ scope: NormScope, channels: Int) {
    self.scope = scope
    rows = ReplicaRows(count: scope.replicas, channels: channels)
  }

  /// The replicas of a pass.
  var own: Range<Int> { scope.own }

  private func meet(width: Int) {
    guard fault == nil else { return }
    do { try scope.complete(&rows.values, width) } catch { fault = error }
  }

  /// Overwrites `total` by the moments of all replicas' images: a replica's images are merged in
  /// order, then the replicas. `sums` gives an image's sums and squared deviations by channel.
  func mergeMoments(
    _ images: [Range<Int>], pixels: Int, into total: inout BatchMoments,
    sums: (Int) -> (first: FloatSlice, second: FloatSlice)
  ) {
    precondition(images.count == own.count, "\(images.count) replicas in a pass of \(own.count)")
    for (replica, images) in zip(own, images) {
      total.reset()
      for n in images {
        let (first, second) = sums(n)
        total.merge(sums: first, squares: second, pixels: pixels)
      }
      rows.write(total, replica)
    }
    meet(width: 1 + 2 * total.channels)
    total.reset()
    for replica in 0..<scope.replicas { rows.merge(replica, into: &total) }
  }

  /// Adds up the sums of each replica's images, in order, and shows them to all.
  func mergeGradientSums(
    _ images: [Range<Int>], channels: Int, sums: (Int) -> (first: FloatSlice, second: FloatSlice)
  ) {
    for (replica, images) in zip(own, images) {
      rows.clear(replica, width: 2 * channels)
      for n in images {
        let (first, second) = sums(n)
        rows.add(first, second, to: replica, channels: channels)
      }
    }
    meet(width: 2 * channels)
  }

  /// Σ dz and Σ dz·(y − mean) of a channel over a replica's images, after `mergeGradientSums`.
  func gradientSums(of replica: Int, _ channel: Int, of channels: Int) -> (Double, Double) {
    rows.pair(replica, channel, of: channels)
  }

  /// The same over all images, replicas added in order.
  func gradientSums(_ channel: Int, of channels: Int) -> (Double, Double) {
    var (sum, product) = rows.pair(0, channel, of: channels)
    for replica in 1..<max(scope.replicas, 1) {
      let theirs = rows.pair(replica, channel, of: channels)
      sum += theirs.0
      product += theirs.1
    }
    return (sum, product)
  }
}

/// Numbers of each replica: [replica][width], width as a layer's channels need.
private struct ReplicaRows {
  var values: [Double]

  init(count: Int, channels: Int) {
    values = Array(repeating: 0, count: count * (1 + 2 * channels))
  }

  /// Overwrites a replica's row [count][means][squared deviations].
  mutating func write(_ moments: BatchMoments, _ replica: Int) {
    let channels = moments.channels
    let row = replica * (1 + 2 * channels)
    values[row] = moments.count
    for channel in 0..<channels {
      values[row + 1 + channel] = moments.mean[channel]
      values[row + 1 + channels + channel] = moments.squares[channel]
    }
  }

  /// Merges a replica's row.
  func merge(_ replica: Int, into total: inout BatchMoments) {
    let row = replica * (1 + 2 * total.channels)
    total.merge(
      count: values[row], means: values[(row + 1)...],
      squares: values[(row + 1 + total.channels)...])
  }

  mutating func clear(_ replica: Int, width: Int) {
    for i in replica * width..<(replica + 1) * width { values[i] = 0 }
  }

  /// Adds an image's numbers to a replica's row [sums][products].
  mutating func add(
    _ sums: FloatSlice, _ products: FloatSlice, to replica: Int, channels: Int
  ) {
    let row = replica * 2 * channels
    for channel in 0..<channels {
      values[row + channel] += Double(sums[channel])
      values[row + channels + channel] += Double(products[channel])
    }
  }

  func pair(_ replica: Int, _ channel: Int, of channels: Int) -> (Double, Double) {
    let row = replica * 2 * channels
    return (values[row + channel], values[row + channels + channel])
  }
}
