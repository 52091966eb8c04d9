extension Configuration {
  /// Checks that a value `holds` what its key's range says.
  /// - Throws: `CSGError` (78) that names key, value and range.
  func require<T>(_ key: String, _ value: T, _ holds: Bool, _ range: String) throws {
    if !holds { throw CSGError.configuration(key, "\(value) is not \(range)") }
  }

  func requireFraction(_ key: String, _ value: Double) throws {
    try require(key, value, value >= 0 && value <= 1, "between 0 and 1")
  }

  func requireNonNegative(_ key: String, _ value: Double) throws {
    try require(key, value, value >= 0 && value.isFinite, "a finite number from 0 up")
  }

  func requireCount(_ key: String, _ value: Int, from least: Int = 0, to most: Int = 1 << 31) throws
  {
    let isOpen = most == 1 << 31 && value < least
    let range = isOpen ? "\(least) or more" : "from \(least) to \(most)"
    try require(key, value, value >= least && value <= most, range)
  }
}
