/// What lies along a side of a heat map.
package struct Axis: Sendable {
  /// What it is, and how many cells.
  package let label: String, count: Int
  /// Labels, at places counted in cells from the start.
  package let ticks: [Tick]
  /// Lines between groups of cells, before these cells.
  package let separators: [Int]
  /// How ticks are left out where there is no room for all.
  let thinning: Thinning

  enum Thinning { case everyNth(isNumber: Bool), asTheyFit }

  /// A label of an axis.
  package struct Tick: Sendable, Equatable {
    package let place: Double, text: String
  }

  /// A name a cell.
  package static func names(_ label: String, _ names: [String]) -> Axis {
    let ticks = names.enumerated().map { Tick(place: Double($0.offset) + 0.5, text: $0.element) }
    return Axis(
      label: label, count: names.count, ticks: ticks, separators: [],
      thinning: .everyNth(isNumber: false))
  }

  /// Cells counted from 0.
  package static func numbers(_ label: String, count: Int) -> Axis {
    let ticks = (0..<count).map { Tick(place: Double($0) + 0.5, text: "\($0)") }
    return Axis(
      label: label, count: count, ticks: ticks, separators: [],
      thinning: .everyNth(isNumber: true))
  }

  /// Groups of cells that lie together, named in their middle; empty ones are left out.
  package static func groups(_ label: String, _ groups: [(name: String, count: Int)]) -> Axis {
    var ticks: [Tick] = []
    var starts: [Int] = []
    var count = 0
    for group in groups where group.count > 0 {
      if count > 0 { starts.append(count) }
      ticks.append(Tick(place: Double(count) + Double(group.count) / 2, text: group.name))
      count += group.count
    }
    return Axis(
      label: label, count: count, ticks: ticks, separators: starts, thinning: .asTheyFit)
  }

  /// The lines between groups; none where they would hide the cells.
  func separators(length: Double) -> [Int] {
    length / Double(separators.count + 1) >= 5 ? separators : []
  }

  /// The ticks for which there is room: at `length` points, each taking `needed`.
  package func ticks(length: Double, needed: Double) -> [Tick] {
    let cell = length / Double(max(count, 1))
    switch thinning {
    case .everyNth:
      let step = Ticks.steps.first { Double($0) * cell >= needed } ?? max(count, 1)
      return ticks.enumerated().filter { $0.offset % step == 0 }.map(\.element)
    case .asTheyFit:
      var last = -Double.infinity
      return ticks.filter { tick in
        guard (tick.place - last) * cell >= needed else { return false }
        last = tick.place
        return true
      }
    }
  }

  /// Whether labels of `width` points all have room side by side.
  func fits(length: Double, width: Double) -> Bool {
    if case .everyNth(isNumber: true) = thinning { return true }
    return ticks(length: length, needed: width).count == ticks.count
  }
}
