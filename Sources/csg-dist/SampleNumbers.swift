import ArgumentParser

/// Numbers of samples as options take them: `3,141`, several times.
enum SampleNumbers {
  /// The numbers, in their order; nil where none are given.
  /// - Throws: `ValidationError` for what is no number of the `count` samples.
  static func parse(_ texts: [String], option: String, count: Int) throws -> [Int]? {
    guard !texts.isEmpty else { return nil }
    return try texts.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map {
      let text = $0.filter { $0 != " " }
      guard let number = Int(text), (0..<count).contains(number) else {
        throw ValidationError("\(option): '\($0)' is no number from 0 to \(count - 1)")
      }
      return number
    }
  }
}
