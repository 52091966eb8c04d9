import Core
import Storage

/// What an attack's file has one number of for each sample, [N].
struct AttackColumns {
  private var numbers: [(name: String, values: [Int32])] = [
    ("samples", []), ("labels", []), ("targets", []), ("l0", []),
  ]
  private var flags: [(name: String, values: [UInt8])] = [
    ("was_correct", []), ("was_attacked", []), ("success", []), ("success_rounded", []),
    ("noise_success", []), ("zero_gradient", []),
  ]
  private var distances: [(name: String, values: [Double])] = [("l2", []), ("linf", [])]
  private var queries: [Int64] = []

  mutating func add(_ sample: AttackedSample) {
    let theirs = [sample.sample, sample.label, sample.target, sample.l0]
    for (i, number) in theirs.enumerated() { numbers[i].values.append(number) }
    let marks = [
      sample.wasCorrect, sample.wasAttacked, sample.isSuccess, sample.isRoundedSuccess,
      sample.isNoiseSuccess, sample.sawNoGradient,
    ]
    for (i, mark) in marks.enumerated() { flags[i].values.append(mark ? 1 : 0) }
    distances[0].values.append(sample.l2)
    distances[1].values.append(sample.linf)
    queries.append(sample.queries)
  }

  func write(to file: HDF5File) throws {
    func write<Value: HDF5Element>(_ values: [Value], _ name: String) throws {
      // In a chunk, which has a checksum.
      try file.write(values, shape: [values.count], chunk: [values.count], to: name)
    }
    for (name, values) in numbers { try write(values, name) }
    for (name, values) in flags { try write(values, name) }
    for (name, values) in distances { try write(values, name) }
    try write(queries, "queries")
  }
}
