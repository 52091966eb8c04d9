import Attacks
import Storage
import TestSupport
import Testing

/// Hidden layer, ReLU, output layer: the net of `Tests/Golden/black_box.py`, whose logits are the same
/// bits there: each sum from the bias on in index order, every product and sum rounded to Float.
struct SmallNet: AttackedNet {
  let channels: Int, height: Int, width: Int, classes: Int
  /// [hidden][C · H · W], [hidden], [classes][hidden], [classes].
  let hiddenWeight: [Float], hiddenBias: [Float], outputWeight: [Float], outputBias: [Float]

  func logits(_ pictures: [[Float]]) -> [[Float]] {
    pictures.map { picture in
      let hidden = Self.layer(hiddenWeight, hiddenBias, picture).map { max($0, 0) }
      return Self.layer(outputWeight, outputBias, hidden)
    }
  }

  private static func layer(_ weight: [Float], _ bias: [Float], _ x: [Float]) -> [Float] {
    bias.indices.map { row in
      var sum = bias[row]
      for i in x.indices { sum += weight[row * x.count + i] * x[i] }
      return sum
    }
  }
}

/// A net written as a function, which notes how many pictures each call asks for.
final class FunctionNet: AttackedNet {
  let channels: Int, height: Int, width: Int, classes: Int
  let answer: ([Float]) -> [Float]
  private(set) var calls: [Int] = []
  private(set) var asked: [[Float]] = []

  init(
    channels: Int = 1, height: Int, width: Int, classes: Int = 2,
    answer: @escaping ([Float]) -> [Float]
  ) {
    (self.channels, self.height, self.width, self.classes) = (channels, height, width, classes)
    self.answer = answer
  }

  func logits(_ pictures: [[Float]]) -> [[Float]] {
    calls.append(pictures.count)
    asked += pictures
    return pictures.map(answer)
  }
}

/// What tests compare of an attack's end.
struct Outcome: Equatable {
  let picture: [Float], isSuccess: Bool, queries: Int

  init(picture: [Float], isSuccess: Bool, queries: Int) {
    (self.picture, self.isSuccess, self.queries) = (picture, isSuccess, queries)
  }

  /// Of an attack on `net`, whose logits of the picture it ends with it must know.
  init(_ attacked: Attacked, _ net: SmallNet) {
    self.init(attacked, net.logits([attacked.picture])[0])
  }

  /// The same, without a call that the net would note.
  init(_ attacked: Attacked, _ net: FunctionNet) {
    self.init(attacked, net.answer(attacked.picture))
  }

  private init(_ attacked: Attacked, _ logits: [Float]) {
    #expect(attacked.logits == logits)
    self.init(
      picture: attacked.picture, isSuccess: attacked.isSuccess, queries: attacked.queries)
  }
}

/// The places [H][W] at which two pictures [C][H][W] differ.
func changedPixels(_ a: [Float], _ b: [Float], of net: some AttackedNet) -> Set<Int> {
  Set(a.indices.filter { a[$0] != b[$0] }.map { $0 % (net.height * net.width) })
}

/// What `Tests/Golden/black_box.py` made of one net.
struct GoldenAttacks {
  let net: SmallNet
  let pictures: [[Float]], labels: [Int]
  /// The number of the first sample.
  let firstSample: Int
  static let seed: UInt64 = 1 << 32 + 7

  private let name: String
  private let tensors: [String: NamedTensor]

  init(_ name: String) throws {
    let read = try Safetensors.read(Places.golden("black_box.safetensors"))
    let tensors = Dictionary(uniqueKeysWithValues: read.map { ($0.name, $0) })
    func tensor(_ key: String) throws -> NamedTensor { try #require(tensors["\(name).\(key)"]) }
    self.name = name
    self.tensors = tensors
    let pictures = try tensor("pictures")
    self.pictures = Self.rows(pictures)
    labels = try tensor("labels").values.map { Int($0) }
    firstSample = name == "colour" ? 0 : 1000
    net = SmallNet(
      channels: pictures.shape[1], height: pictures.shape[2], width: pictures.shape[3],
      classes: try tensor("output.bias").values.count,
      hiddenWeight: try tensor("hidden.weight").values,
      hiddenBias: try tensor("hidden.bias").values,
      outputWeight: try tensor("output.weight").values,
      outputBias: try tensor("output.bias").values)
  }

  /// What came of each picture in a case.
  func expected(_ attack: String) throws -> [Outcome] {
    func tensor(_ key: String) throws -> NamedTensor {
      try #require(tensors["\(name).\(attack).\(key)"])
    }
    let success = try tensor("success").values
    let queries = try tensor("queries").values
    return Self.rows(try tensor("pictures")).enumerated().map { i, picture in
      Outcome(picture: picture, isSuccess: success[i] == 1, queries: Int(queries[i]))
    }
  }

  /// Holds an attack against a case, picture by picture, bit by bit, some of which must be fooled, some
  /// not, and some not recognised from the start.
  func expect(_ attack: String, _ run: ([Float], _ label: Int, _ sample: Int) -> Attacked) throws {
    let expected = try expected(attack)
    #expect(expected.count == 20 && pictures.count == 20)
    #expect(expected.contains { $0.isSuccess } && expected.contains { !$0.isSuccess })
    #expect(expected.contains { $0.queries == 1 })
    for (i, picture) in pictures.enumerated() {
      let came = Outcome(run(picture, labels[i], firstSample + i), net)
      #expect(came.isSuccess == expected[i].isSuccess, "\(name), \(attack), picture \(i)")
      #expect(came.queries == expected[i].queries, "\(name), \(attack), picture \(i)")
      #expect(
        came.picture.map(\.bitPattern) == expected[i].picture.map(\.bitPattern),
        "\(name), \(attack), picture \(i)")
    }
  }

  private static func rows(_ tensor: NamedTensor) -> [[Float]] {
    let size = tensor.values.count / tensor.shape[0]
    return (0..<tensor.shape[0]).map { Array(tensor.values[$0 * size..<($0 + 1) * size]) }
  }
}
