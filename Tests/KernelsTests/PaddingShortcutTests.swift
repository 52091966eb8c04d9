import Core
import Kernels
import TestSupport
import Testing

@Suite struct PaddingShortcutTests {
  @Test(arguments: [(16, 32, 32, 32), (32, 64, 7, 7), (16, 32, 5, 8), (3, 8, 4, 4)])
  func takesEverySecondPixelAndCentresChannels(
    _ channels: Int, _ filters: Int, _ height: Int, _ width: Int
  ) {
    let input = MapShape(channels: channels, height: height, width: width, halo: 1)
    let output = MapShape(
      channels: filters, height: (height + 1) / 2, width: (width + 1) / 2, halo: 1)
    let shortcut = PaddingShortcut(input: input, output: output)
    var random = RandomValues(seed: 5)
    let x = random.floats(channels * height * width)
    let y = FloatBuffer(output.count).all
    shortcut.forward(input.pack(x), into: y)

    let plainOutput = output.withHalo(0)
    let dy = random.floats(filters * plainOutput.pixels)
    let dx = FloatBuffer(input.withHalo(0).count).all
    dx.fill(3)
    shortcut.gradient(plainOutput.pack(dy), into: dx)

    var expected = [Float](repeating: 0, count: filters * output.pixels)
    var gradient = [Float](repeating: 0, count: x.count)
    for c in 0..<channels {
      for h in 0..<output.height {
        for w in 0..<output.width {
          let from = (c * height + 2 * h) * width + 2 * w
          let to = ((c + (filters - channels) / 2) * output.height + h) * output.width + w
          expected[to] = x[from]
          gradient[from] = dy[to]
        }
      }
    }
    #expect(output.unpack(y) == expected)
    #expect(input.withHalo(0).unpack(dx) == gradient)
  }
}
