import Core
import Testing

@Suite struct ProgressTextTests {
  private static let text = ProgressText(
    title: "epoch 12/200 standard", done: 117, all: 468,
    facts: [
      ("loss 0.312", 3), ("density 0.100", 1), ("1234 images/s", 0), ("1:12:34 left", 2),
    ])

  @Test func fitsEveryTerminalAndFillsWide() {
    for columns in 1...300 {
      let line = Self.text.line(columns: columns)
      #expect(line.count < max(columns, 2) && !line.contains("\n"), "\(columns): \(line)")
    }
    let wide = Self.text.line(columns: 132)
    let bar = String(repeating: "█", count: 5) + String(repeating: "░", count: 15)
    #expect(
      wide
        == "epoch 12/200 standard \(bar) 117/468  loss 0.312  density 0.100  1234 images/s  1:12:34 left"
    )
    #expect(Self.text.line(columns: 300) == wide)
  }

  @Test func whatIsWorthLeastGoesFirst() {
    let at80 = Self.text.line(columns: 80)
    #expect(at80.hasSuffix(" 117/468  loss 0.312  density 0.100  1:12:34 left"), "\(at80)")
    #expect(at80.count == 79 && at80.contains("█") && !at80.contains("images/s"))
    let at66 = Self.text.line(columns: 66)
    #expect(at66.hasSuffix("░ 117/468  loss 0.312  1:12:34 left") && at66.count <= 65, "\(at66)")
    #expect(Self.text.line(columns: 46).hasSuffix("░ 117/468"))
    #expect(Self.text.line(columns: 30) == "epoch 12/200 standard 117/468")
    #expect(Self.text.line(columns: 12) == "epoch 12/20")
  }

  @Test func anEpochWithoutStepsHasNoBarToFill() {
    #expect(ProgressText(title: "e", done: 0, all: 0, facts: []).line(columns: 80).hasPrefix("e ░"))
  }
}
