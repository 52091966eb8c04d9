/// What the ranks are at: "step 13 (backward)". To note it costs no allocation: its texts are the program's
/// own, and the whole is put into words only for a message.
struct Phase: CustomStringConvertible {
  let name: String, number: Int?
  /// The part of it that is under way.
  var stage: String?

  init(_ name: String, _ number: Int? = nil) {
    self.name = name
    self.number = number
  }

  var description: String {
    name + (number.map { " \($0)" } ?? "") + (stage.map { " (\($0))" } ?? "")
  }
}
