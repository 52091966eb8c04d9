import Foundation

/// The C library's functions, apart from ours.
enum Reference {
  static func exponential(_ x: Double) -> Double { Foundation.exp(x) }
  static func logarithm(_ x: Double) -> Double { Foundation.log(x) }
}
