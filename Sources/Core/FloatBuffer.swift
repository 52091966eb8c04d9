import Foundation
import Synchronization

/// Bytes of buffers, and this process's share of rooms.
let bufferBytes = Atomic<Int>(0)

/// Floats at a page boundary, zero at first: storage for kernels, planned once and kept.
///
/// Not synchronised: one thread writes it at a time.
public final class FloatBuffer: @unchecked Sendable {
  /// Elements.
  public let count: Int
  @usableFromInline let base: UnsafeMutablePointer<Float>
  private let bytes: Int

  /// Bytes of all buffers alive in this process.
  public static var allocatedBytes: Int { bufferBytes.load(ordering: .relaxed) }

  /// A buffer of `count` zeros. The system hands out its pages when they are first written, so a
  /// plan costs nothing until it runs. Where it has none left, the process ends with one line.
  public init(_ count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    bytes = max(count, 1) * MemoryLayout<Float>.stride
    let pages = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let pages, pages != MAP_FAILED else {
      let line = "csg-dist: error: \(bytes) bytes of memory cannot be had; lower the batch size\n"
      FileHandle.standardError.write(Data(line.utf8))
      _exit(ExitCode.failure.rawValue)
    }
    // Advice: where the system does not follow it, the program is only a little slower.
    if bytes >= 1 << 21 { _ = madvise(pages, bytes, Int32(MADV_HUGEPAGE)) }
    base = pages.bindMemory(to: Float.self, capacity: count)
    bufferBytes.add(bytes, ordering: .relaxed)
  }

  /// A buffer that holds `values`.
  public convenience init(_ values: [Float]) {
    self.init(values.count)
    all.copy(from: values)
  }

  deinit {
    bufferBytes.subtract(bytes, ordering: .relaxed)
    let code = munmap(base, bytes)
    precondition(code == 0, "a buffer's own pages can be given back")
  }

  /// All of it.
  public var all: FloatSlice { FloatSlice(buffer: self, offset: 0, count: count) }

  /// The elements in `range`.
  public subscript(range: Range<Int>) -> FloatSlice { all[range] }
}

/// Some consecutive elements of a buffer, which it keeps alive.
public struct FloatSlice: @unchecked Sendable {
  @usableFromInline let buffer: FloatBuffer
  @usableFromInline let offset: Int
  /// Elements.
  public let count: Int

  init(buffer: FloatBuffer, offset: Int, count: Int) {
    self.buffer = buffer
    self.offset = offset
    self.count = count
  }

  /// The first element, for kernels and C doors.
  package var pointer: UnsafeMutablePointer<Float> { buffer.base + offset }

  /// The element at `index`.
  @inlinable public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "an index outside the slice")
      return buffer.base[offset + index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "an index outside the slice")
      buffer.base[offset + index] = newValue
    }
  }

  /// The elements in `range`.
  public subscript(range: Range<Int>) -> FloatSlice {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "\(range) is outside 0..<\(count)")
    return FloatSlice(buffer: buffer, offset: offset + range.lowerBound, count: range.count)
  }

  /// Overwrites every element by `value`.
  public func fill(_ value: Float) { pointer.update(repeating: value, count: count) }

  /// Overwrites all elements by those of `other`, which has as many.
  public func copy(from other: FloatSlice) {
    precondition(other.count == count, "\(other.count) elements for \(count) places")
    pointer.update(from: other.pointer, count: count)
  }

  /// Overwrites all elements by `values`, which has as many.
  public func copy(from values: [Float]) {
    precondition(values.count == count, "\(values.count) elements for \(count) places")
    values.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { pointer.update(from: first, count: count) }
    }
  }

  /// A copy of the elements.
  public var array: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// The elements as bytes in this machine's order.
  public func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try body(UnsafeRawBufferPointer(start: pointer, count: count * MemoryLayout<Float>.stride))
  }
}
