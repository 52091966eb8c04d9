import Foundation

/// What this machine calls itself: asked of the system alone, so that no name server is waited for.
package enum HostName {
  /// Its name; nil where it has none.
  package static var current: String? {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return nil }
    return String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
