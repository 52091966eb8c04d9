import Core
import Datasets
import Figures
import Interpretability

/// Figure 9: picture, mask, and the maps of baseline and network.
struct LocalizedSheet {
  let localization: Localization

  /// The sheet; nil where no picture was taken.
  var sheet: PictureSheet? {
    guard let first = localization.images.first else { return nil }
    let names = first.maps.count > 1 ? ["network", "baseline"] : ["network"]
    let order = Array(names.indices.reversed())
    let hasMasks = localization.images.contains { $0.mask != nil }
    return PictureSheet(
      name: "localized", title: "Where the networks look (Fig. 9)",
      summary:
        "Each picture as the network sees it, \(hasMasks ? "its mask, " : "")and its class's map: the "
        + "brighter, the more it speaks for the class; within the line lie the largest "
        + "\(NumberText.plain(100 * localization.settings.share.share)) %"
        + (hasMasks ? "; IoU with the mask below." : "."),
      columns: ["picture"] + (hasMasks ? ["mask"] : []) + order.map { names[$0] },
      rows: localization.images.map { image in
        let label = localization.classes[Int(image.label)]
        let name = image.name.map { ", \($0)" } ?? ""
        return PictureSheet.Row(
          "sample \(image.sample)\(name)",
          [(Self.tile(image.picture), label)] + (hasMasks ? [mask(image)] : [])
            + order.map { self.map(image, image.maps[$0]) })
      })
  }

  static func tile(_ picture: Picture) -> PictureSheet.Tile {
    let colors = (0..<picture.height * picture.width).map(picture.color)
    return PictureSheet.Tile(colors, height: picture.height, width: picture.width)
  }

  private func mask(_ image: LocalizedImage) -> (tile: PictureSheet.Tile, caption: String)? {
    image.mask.map { mask in
      let share = Double(mask.count) / Double(mask.pixels.count)
      return (
        PictureSheet.Tile(
          mask.pixels.map { Color($0 == 0 ? 0x303030 : 0xF0F0F0) }, height: image.picture.height,
          width: image.picture.width), "\(NumberText.percent(share)) of the picture"
      )
    }
  }

  private func map(_ image: LocalizedImage, _ mapping: LocalizedImage.ClassMapping)
    -> (tile: PictureSheet.Tile, caption: String)?
  {
    let isPredicted = localization.network == nil
    let name = localization.networkClasses[Int(mapping.classNumber)]
    return (
      MapOverlay(
        picture: image.picture, map: mapping.map, threshold: mapping.threshold,
        isStrict: mapping.isStrict
      ).tile,
      mapping.overlap.map { "IoU \(NumberText.fixed($0, 3))" }
        ?? (isPredicted ? "map of \(name)" : "")
    )
  }
}
