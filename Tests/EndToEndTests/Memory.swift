import Core
import Foundation

/// The memory of running processes.
enum Memory {
  enum Refused: Error { case memory }

  static func rank(_ process: Int32) -> Int? {
    let text = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
    let name = "OMPI_COMM_WORLD_RANK="
    return String(decoding: text, as: UTF8.self).split(separator: "\0")
      .first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) }
  }

  /// Flips a bit of the first value wherever `values` lie in a process's own memory.
  static func flip(_ values: [Float], in process: Int32, bit: UInt32 = 20) throws -> Bool {
    let memory = open("/proc/\(process)/mem", O_RDWR)
    guard memory >= 0 else { throw Refused.memory }
    defer { close(memory) }
    let pattern = values.withUnsafeBytes { Data($0) }
    // Foundation reads no more of such a file than its first pages.
    let maps = String(
      decoding: try FileSystem.contents(of: "/proc/\(process)/maps") ?? [], as: UTF8.self)
    var found = false
    for line in maps.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count == 5, fields[1] == "rw-p" else { continue }  // memory without a file
      let bounds = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
      guard bounds[1] - bounds[0] <= 1 << 32 else { continue }  // a sanitizer's books
      // Parts that overlap by a pattern's length: neighbouring buffers make one large mapping.
      for start in stride(from: bounds[0], to: bounds[1], by: 1 << 24) {
        var bytes = Data(count: min(1 << 24 + pattern.count, bounds[1] - start))
        let count = bytes.withUnsafeMutableBytes {
          pread(memory, $0.baseAddress, $0.count, off_t(start))
        }
        var rest = bytes.prefix(max(count, 0))
        while let place = rest.range(of: pattern) {
          var word = values[0].bitPattern ^ 1 << bit
          guard pwrite(memory, &word, 4, off_t(start + place.lowerBound)) == 4 else {
            throw Refused.memory
          }
          found = true
          rest = rest[place.upperBound...]
        }
      }
    }
    return found
  }
}
