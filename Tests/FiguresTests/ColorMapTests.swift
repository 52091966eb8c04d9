import Foundation
import TestSupport
import Testing

import Figures

@Suite struct ColorMapTests {
  /// Tests/Golden/colourmaps.py asks matplotlib, values outside 0...1 included.
  @Test func mapsAreMatplotlibs() throws {
    let maps = ["viridis": ColorMap.viridis, "RdBu_r": .redBlue]
    let text = try String(contentsOfFile: Places.golden("colourmaps.txt"), encoding: .utf8)
    var count = 0
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ")
      let map = try #require(maps[String(parts[0])])
      let value = try #require(Double(parts[1]))
      let color = map[value]
      #expect(
        [color.red, color.green, color.blue] == parts[2...].compactMap { UInt8($0) }, "\(line)")
      count += 1
    }
    #expect(count == 138)
  }

  @Test func noValueHasAColourOfItsOwn() {
    #expect(ColorMap.viridis[.nan] == .undefined)
    for map in [ColorMap.viridis, .redBlue] {
      for step in 0...256 { #expect(map[Double(step) / 256] != .undefined) }
    }
  }

  @Test func inkReadsOnItsGround() {
    #expect(Color(0xFFFFFF).ink == .text && Color(0x440154).ink == .white)
    #expect(ColorMap.viridis[1].ink == .text)
  }

  @Test func scaleCoversAllItsMatrices() {
    let a = Matrix(rows: 1, columns: 2, values: [0.25, .nan])
    let b = Matrix(rows: 1, columns: 1, values: [2])
    let scale = ColorScale.fromZero([a, b], label: "")
    #expect(scale.color(2) == ColorMap.viridis[1] && scale.color(0.25) == ColorMap.viridis[0.125])
    let zero = ColorScale.fromZero([Matrix(rows: 1, columns: 1, values: [0])], label: "")
    #expect(zero.color(0) == ColorMap.viridis[0])
  }
}
