import Core
import Testing

struct FloatBufferTests {
  @Test(arguments: [0, 1, 15, 16, 17, 1000])
  func buffersAreAlignedAndZero(count: Int) {
    // Dirty memory first, so that the zeros are not the system's.
    for _ in 0..<4 { FloatBuffer(count).all.fill(1) }
    let buffer = FloatBuffer(count)
    #expect(Int(bitPattern: buffer.all.pointer) % 64 == 0)
    #expect(buffer.count == count)
    #expect(buffer.all.array == [Float](repeating: 0, count: count))
  }

  @Test func aSliceIsAViewOfItsElements() {
    let buffer = FloatBuffer((0..<10).map(Float.init))
    let slice = buffer[2..<8][1..<4]
    #expect(slice.array == [3, 4, 5])
    slice[0] = 30
    slice[1..<2].fill(40)
    slice[2..<3].copy(from: [50])
    #expect(buffer.all.array == [0, 1, 2, 30, 40, 50, 6, 7, 8, 9])
    buffer[0..<2].copy(from: buffer[8..<10])
    #expect(buffer.all.array == [8, 9, 2, 30, 40, 50, 6, 7, 8, 9])
    #expect(slice[1] == 40)
  }

  @Test func aSliceKeepsItsBufferAlive() {
    func slice() -> FloatSlice { FloatBuffer([1, 2, 3])[1..<3] }
    #expect(slice().array == [2, 3])
  }

  @Test func bytesAreThoseOfTheElements() {
    let buffer = FloatBuffer([0, 1, -2, 3])
    let bytes = buffer[1..<3].withBytes { [UInt8]($0) }
    #expect(bytes == [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
  }

  /// In a process of its own: other tests allocate at the same time.
  @Test func allocatedBytesCountLiveBuffers() async {
    await #expect(processExitsWith: .success) {
      func during() -> Int {
        let buffers = [FloatBuffer(100), FloatBuffer(0)]
        return withExtendedLifetime(buffers) { FloatBuffer.allocatedBytes }
      }
      #expect(during() == 404)
      #expect(FloatBuffer.allocatedBytes == 0)
    }
  }

  @Test func whatLiesOutsideIsRefused() async {
    await #expect(processExitsWith: .failure) { _ = FloatBuffer(3).all[3] }
    await #expect(processExitsWith: .failure) { _ = FloatBuffer(8)[0..<4][2..<5] }
  }
}
