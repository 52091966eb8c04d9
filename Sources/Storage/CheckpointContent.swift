import Core

/// What a checkpoint's file holds, by name: the one list that is written, read back and digested.
struct CheckpointContent {
  /// A data set, row-major.
  struct Dataset {
    let name: String, shape: [Int]
    let values: Values

    /// Numbers of either kind.
    enum Values {
      case floats([Float])
      case doubles([Double])
    }

    /// The data set as a tensor; it holds floats.
    func tensor(_ name: Substring) -> NamedTensor {
      guard case .floats(let values) = values else { preconditionFailure("\(name) holds doubles") }
      return NamedTensor(name: String(name), shape: shape, values: values)
    }
  }

  /// The value of an attribute of the root.
  enum Attribute {
    case text(String)
    case number(Int)
  }

  var datasets: [Dataset] = []
  /// All but the digest.
  var attributes: [String: Attribute] = [:]

  /// The name of the attribute that holds the digest of all else.
  private static let digestName = "digest"

  /// Nothing.
  init() {}

  /// All that a file holds.
  /// - Throws: `CSGError` 65 where it is damaged, or holds what no checkpoint does.
  init(of file: HDF5File) throws {
    for name in try file.datasetNames() { datasets.append(try Self.dataset(name, of: file)) }
    attributes = try Self.attributes(of: file)
  }

  private static func dataset(_ name: String, of file: HDF5File) throws -> Dataset {
    let dataset = try file.dataset(name)
    let values: Dataset.Values =
      try dataset.holds(Double.self)
      ? .doubles(dataset.readAll(Double.self)) : .floats(dataset.readAll(Float.self))
    return Dataset(name: name, shape: dataset.shape, values: values)
  }

  private static func attributes(of file: HDF5File) throws -> [String: Attribute] {
    var attributes: [String: Attribute] = [:]
    for name in try file.attributeNames() where name != digestName {
      if let text = try file.text(name) {
        attributes[name] = .text(text)
      } else if let number = try file.number(name) {
        attributes[name] = .number(number)
      } else {
        throw CSGError.data(file.path, "attribute \(name) is neither text nor a whole number")
      }
    }
    return attributes
  }

  /// The XXH3-128 of every data set and attribute but the digest itself, in name order.
  var digest: Digest {
    let builder = DigestBuilder()
    for dataset in datasets.sorted(by: { $0.name < $1.name }) { Self.add(dataset, to: builder) }
    Self.add(attributes, to: builder)
    return builder.digest()
  }

  /// The digest of all that a file holds, of which one data set at a time is in memory.
  static func digest(of file: HDF5File) throws -> Digest {
    let builder = DigestBuilder()
    for name in try file.datasetNames() { add(try dataset(name, of: file), to: builder) }
    add(try attributes(of: file), to: builder)
    return builder.digest()
  }

  private static func add(_ dataset: Dataset, to builder: borrowing DigestBuilder) {
    builder.update(dataset.name)
    builder.update(dataset.shape.map(Int64.init))
    switch dataset.values {
    case .floats(let values): builder.update(values)
    case .doubles(let values): builder.update(values)
    }
  }

  private static func add(_ attributes: [String: Attribute], to builder: borrowing DigestBuilder) {
    for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
      builder.update(name)
      switch attribute {
      case .text(let text): builder.update(text)
      case .number(let number): builder.update([Int64(number)])
      }
    }
  }

  /// Writes all of it, and its digest.
  func write(to file: HDF5File, digest: Digest) throws {
    for dataset in datasets {
      switch dataset.values {
      case .floats(let values): try file.write(values, shape: dataset.shape, to: dataset.name)
      case .doubles(let values): try file.write(values, shape: dataset.shape, to: dataset.name)
      }
    }
    for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
      switch attribute {
      case .text(let text): try file.setAttribute(name, text)
      case .number(let number): try file.setAttribute(name, number)
      }
    }
    try file.setAttribute(Self.digestName, digest.description)
  }
}
