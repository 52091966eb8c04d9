/// A net that one attack asks about one picture, and that counts how often.
struct CountedNet<Net: AttackedNet> {
  private let net: Net
  private let picture: [Float]
  /// Of the picture as it was.
  private let logits: [Float]
  /// Pictures whose logits were asked for.
  private(set) var queries = 1
  /// Whether the net takes the picture for what it is before anything is done to it.
  let recognizes: Bool

  /// Asks for the logits of `picture` as it is.
  init(_ net: Net, _ picture: [Float], label: Int) {
    precondition(
      picture.count == net.pictureCount,
      "\(picture.count) values are no picture of \(net.channels) × \(net.height) × \(net.width)")
    precondition(picture.allSatisfy { $0 >= 0 && $0 <= 1 }, "a picture's values lie in [0, 1]")
    precondition(label >= 0 && label < net.classes, "\(label) is none of \(net.classes) classes")
    self.net = net
    self.picture = picture
    logits = net.logits([picture])[0]
    recognizes = Prediction.of(logits) == label
  }

  /// Logits of each picture.
  mutating func logits(_ pictures: [[Float]]) -> [[Float]] {
    queries += pictures.count
    return net.logits(pictures)
  }

  /// The end with a picture that fools the net.
  func fooled(by picture: [Float], _ logits: [Float]) -> Attacked {
    Attacked(picture: picture, isSuccess: true, queries: queries, logits: logits)
  }

  /// The end without one: the picture as it was.
  func notFooled() -> Attacked {
    Attacked(picture: picture, isSuccess: false, queries: queries, logits: logits)
  }
}
