import Core
import Datasets
import Figures
import Interpretability

/// The cards of all filters, in the report and as sheets.
struct FilterGallery {
  let cards: FilterCards
  /// In label order.
  let classes: [String]
  /// What the data set is called.
  let data: String

  /// To browse by class.
  var gallery: Gallery {
    get throws {
      let isLarge = cards.cards.count > Self.many
      let side = isLarge ? Self.smallSide : FilterCards.side
      let pictures = FilterMontage.pictures(cards, side: side)
      return Gallery(
        groups: classes,
        items: try cards.cards.map { card in
          let picture = montage(card, pictures, side: side).picture
          return Gallery.Item(
            "filter \(card.filter): \(classes[card.classNumber])", group: card.classNumber,
            jpeg: try picture.jpeg(
              quality: isLarge ? Self.smallQuality : Self.quality, path: "filter \(card.filter)"),
            width: picture.width, height: picture.height, texts: texts(card))
        })
    }
  }

  private func montage(_ card: FilterCards.Card, _ pictures: [Int: Picture], side: Int)
    -> FilterMontage
  {
    FilterMontage(
      pictures: pictures, side: side, activationSize: cards.activationSize, card: card)
  }

  private static let quality = 75
  /// More filters than this are shown smaller: some 11 KB a filter, 22 MB of 2,048.
  private static let many = 256, smallSide = 32, smallQuality = 50
  /// Filters of a sheet; classes that a sentence lists.
  private static let perSheet = 16, listed = 5

  /// What a card says.
  private func texts(_ card: FilterCards.Card) -> [String] {
    func listed(_ values: [Double], from least: Double = 0.0005) -> String {
      let order = values.indices.filter { values[$0] >= least }.sorted {
        values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1]
      }
      let names = order.prefix(Self.listed).map {
        "\(classes[$0]) \(NumberText.fixed(values[$0], 3))"
      }
      let more = order.count - names.count
      return names.isEmpty
        ? "none" : names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
    let counts = card.histogram.map { $0.reduce(0, +) }
    let silent = card.histogram.reduce(0) { $0 + $1[0] }
    // Of each class the share of samples in the upper half of the answers.
    let strong = zip(card.histogram, counts).map { bins, count in
      count == 0 ? 0 : Double(bins.dropFirst(1 + FilterCards.bins / 2).reduce(0, +)) / Double(count)
    }
    let gate = card.gate.map { "G: \(listed($0.map(Double.init)))" }
    let losses = card.losses.map { losses in
      let order = losses.indices.filter { losses[$0] != nil && losses[$0] != 0 }.sorted {
        let (a, b) = (abs(losses[$0] ?? 0), abs(losses[$1] ?? 0))
        return a == b ? $0 < $1 : a > b
      }
      let names = order.prefix(Self.listed).map {
        "\(classes[$0]) \(NumberText.signed(-100 * (losses[$0] ?? 0), decimals: 2, unit: " points"))"
      }
      return "Accuracy without it: "
        + (names.isEmpty ? "no class changes" : names.joined(separator: ", ")) + "."
    }
    return [
      "Above, the pictures that it answers to most "
        + "(\(NumberText.fixed(Double(card.strongest.last?.value ?? 0), 3)) to "
        + "\(NumberText.fixed(Double(card.strongest.first?.value ?? 0), 3))); below, pictures at random. "
        + (card.threshold > 0
          ? "Within the line it answers as strongly as at three of ten places of all pictures."
          : "Within the line it answers at all: at most places of all pictures it is silent."),
      [gate, "M, in nats: \(listed(card.information))"].compactMap { $0 }.joined(separator: ". ")
        + ".",
      "Answers above half of the strongest, by class: \(listed(strong)); silent for "
        + "\(NumberText.percent(Double(silent) / Double(max(counts.reduce(0, +), 1)))) of all pictures.",
      losses,
    ].compactMap { $0 }
  }

  /// The same pictures as PNG sheets: a filter a row. One is drawn at a time.
  func sheets() throws -> [(name: String, bytes: [UInt8])] {
    try stride(from: 0, to: cards.cards.count, by: Self.perSheet).map { first in
      let part = cards.cards[first..<min(first + Self.perSheet, cards.cards.count)]
      let number = String("00\(first / Self.perSheet)".suffix(3))
      let sheet = PictureSheet(
        name: "filters-\(number)",
        title: "Filters \(first) to \(first + part.count - 1) on \(data)",
        summary: "What each filter answers to most, and pictures at random (r).",
        columns: (1...FilterCards.shown).map { "\($0)" }
          + (1...FilterCards.shown).map { "r\($0)" },
        rows: part.map { card in
          let montage = montage(card, cards.pictures, side: FilterCards.side)
          func places(_ shown: [FilterCards.Shown]) -> [(tile: PictureSheet.Tile, caption: String)?]
          {
            (0..<FilterCards.shown).map { i in
              guard i < shown.count else { return nil }
              return (
                PictureSheet.Tile(
                  montage.tile(shown[i]), height: montage.side, width: montage.side),
                NumberText.fixed(Double(shown[i].value), 2)
              )
            }
          }
          return PictureSheet.Row(
            "filter \(card.filter): \(classes[card.classNumber])",
            places(card.strongest) + places(card.random))
        }, side: Double(FilterCards.side))
      return ("\(sheet.name).png", try sheet.png())
    }
  }
}
