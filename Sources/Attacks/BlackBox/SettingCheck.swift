import Core

/// Settings of attacks are checked by what they must be.
enum SettingCheck {
  /// - Throws: `CSGError` 64 that names attack, setting, value and what is expected.
  static func require(
    _ holds: Bool, _ attack: String, _ setting: String, _ value: some CustomStringConvertible,
    expected: String
  ) throws {
    guard holds else {
      throw CSGError(
        .usage, "\(attack) attack: \(setting) is \(value)", remedy: "choose \(expected)")
    }
  }
}
