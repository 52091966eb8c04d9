import Core

/// Draws of samples in which every class comes equally often: a pure function of seed and labels.
///
/// The classes that have samples take turns, in one order for the run, and each takes its samples in one order,
/// again and again: draw t is the ⌊t / C⌋-th of class t mod C. So of any run of successive draws two classes have
/// equally many within one, two samples of a class too, and the draws of an epoch, N of them from
/// epoch · N on, repeat no sample of a class of more than ⌈N / C⌉.
package struct ClassBalance: Sendable {
  /// The samples of the classes in turn, each class's in its order: [N].
  private let samples: [Int32]
  /// Where each class in turn begins in `samples`, and where the last ends: [C + 1].
  private let starts: [Int]

  /// The balance of samples with these labels, each below `classes`.
  package init(labels: [Int32], classes: Int, seed: UInt64) {
    precondition(!labels.isEmpty, "there is a sample to draw")
    func random(_ stream: Int) -> AddressedRandom {
      AddressedRandom(seed: seed, purpose: .balance, stream: stream)
    }
    var members = [[Int32]](repeating: [], count: classes)
    for (sample, label) in labels.enumerated() { members[Int(label)].append(Int32(sample)) }
    var (samples, starts): ([Int32], [Int]) = ([], [0])
    samples.reserveCapacity(labels.count)
    for label in random(0).permutation(classes) where !members[Int(label)].isEmpty {
      let own = members[Int(label)]
      samples += random(1).permutation(own.count, from: samples.count).map { own[Int($0)] }
      starts.append(samples.count)
    }
    (self.samples, self.starts) = (samples, starts)
  }

  /// Classes that have samples (C).
  package var classes: Int { starts.count - 1 }

  /// The sample of a draw, from 0.
  package func sample(_ draw: Int) -> Int {
    let (turn, place) = draw.quotientAndRemainder(dividingBy: classes)
    let own = starts[place]..<starts[place + 1]
    return Int(samples[own.lowerBound + turn % own.count])
  }

  /// Bytes that are kept.
  package var bytes: Int {
    samples.count * MemoryLayout<Int32>.stride + starts.count * MemoryLayout<Int>.stride
  }
}
