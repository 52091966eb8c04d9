import Synchronization

private let allocated = Atomic<Int>(0)

/// Floats at a 64-byte boundary, zero at first: storage for kernels, planned once and kept.
///
/// Not synchronised: one thread writes it at a time.
public final class FloatBuffer: @unchecked Sendable {
  /// Elements.
  public let count: Int
  let base: UnsafeMutablePointer<Float>

  /// Bytes of all buffers alive in this process.
  public static var allocatedBytes: Int { allocated.load(ordering: .relaxed) }

  /// A buffer of `count` zeros.
  public init(_ count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    base = raw.bindMemory(to: Float.self, capacity: count)
    base.initialize(repeating: 0, count: count)
    allocated.add(bytes, ordering: .relaxed)
  }

  /// A buffer that holds `values`.
  public convenience init(_ values: [Float]) {
    self.init(values.count)
    all.copy(from: values)
  }

  deinit {
    allocated.subtract(max(count, 1) * MemoryLayout<Float>.stride, ordering: .relaxed)
    base.deallocate()
  }

  /// All of it.
  public var all: FloatSlice { FloatSlice(buffer: self, offset: 0, count: count) }

  /// The elements in `range`.
  public subscript(range: Range<Int>) -> FloatSlice { all[range] }
}

/// Some consecutive elements of a buffer, which it keeps alive.
public struct FloatSlice: @unchecked Sendable {
  private let buffer: FloatBuffer
  private let offset: Int
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
  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "\(index) is outside 0..<\(count)")
      return pointer[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "\(index) is outside 0..<\(count)")
      pointer[index] = newValue
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
