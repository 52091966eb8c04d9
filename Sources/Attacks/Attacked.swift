/// What an attack made of one picture.
package struct Attacked: Sendable {
  /// The picture that it ends with, values in [0, 1], [C][H][W].
  package let picture: [Float]
  /// Whether the net is fooled by it.
  package let isSuccess: Bool
  /// How often the attack asked the net about this picture: for logits, or for a gradient.
  package let queries: Int
  /// The net's logits of the picture, where the attack knows them.
  package let logits: [Float]?
  /// Whether a gradient that the attack followed was zero everywhere before the net was fooled: it was
  /// blind there, and its failure tells nothing of the net.
  package let sawNoGradient: Bool

  /// The end of an attack.
  package init(
    picture: [Float], isSuccess: Bool, queries: Int, logits: [Float]? = nil,
    sawNoGradient: Bool = false
  ) {
    self.picture = picture
    self.isSuccess = isSuccess
    self.queries = queries
    self.logits = logits
    self.sawNoGradient = sawNoGradient
  }
}
