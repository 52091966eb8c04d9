import Core
import Foundation

/// One object that an annotation of PASCAL VOC outlines.
package struct PascalObject: Equatable {
  /// Its number within the picture, from 1, objects of all classes counted.
  package let number: Int
  /// "bird", "person", …
  package let className: String
  /// Its pixels.
  package let mask: ObjectMask
}

/// The objects of a picture, from PASCAL-Part or, where that is silent, from PASCAL VOC itself.
///
/// Sources: https://roozbehm.info/pascal-parts (`Annotations_Part`);
/// http://host.robots.ox.ac.uk/pascal/VOC/voc2010 (`SegmentationObject`, `Annotations`).
package enum PascalAnnotation {
  /// Folders of a devkit.
  package static let parts = "Annotations_Part", segmentation = "SegmentationObject"
  package static let descriptions = "Annotations", pictures = "JPEGImages"

  /// The objects that a `.mat` file of PASCAL-Part outlines: `anno.objects`, a structure of `class`
  /// and `mask` (bytes, not 0 on the object); the parts are not read.
  /// - Throws: `CSGError` 66 where it cannot be read, 65 where it is damaged or holds something else.
  package static func objects(mat path: String) throws -> [PascalObject] {
    let annotation = try MatVariable(reading: "anno", from: path)
    guard annotation.count == 1 else {
      throw CSGError.data(path, "anno is \(annotation.rows) × \(annotation.columns), not one")
    }
    let objects = try annotation.fields("objects")[0]
    let classes = try objects.fields("class")
    let masks = try objects.fields("mask")
    return try zip(classes, masks).enumerated().map { index, object in
      let (name, mask) = object
      return PascalObject(
        number: index + 1, className: try name.text(),
        mask: ObjectMask(height: mask.rows, width: mask.columns, values: try mask.bytes()))
    }
  }

  /// The objects whose numbers are a PNG's palette indices (255 on borders, which belong to none),
  /// and whose classes the XML file lists in that order.
  /// - Throws: `CSGError` 66 where one cannot be read, 65 where one is damaged, or they contradict
  ///   each other.
  package static func objects(segmentation: String, description: String) throws -> [PascalObject] {
    let picture = try Picture(path: segmentation, as: .stored)
    let names = try VOCObjectNames.read(description)
    let highest = picture.pixels.lazy.filter { $0 != 255 }.max() ?? 0
    guard highest <= names.count else {
      throw CSGError.data(
        segmentation, "outlines object \(highest), but \(description) lists \(names.count)")
    }
    return names.enumerated().map { index, name in
      let values = picture.pixels.map { $0 != 255 && Int($0) == index + 1 ? UInt8(1) : 0 }
      return PascalObject(
        number: index + 1, className: name,
        mask: ObjectMask(height: picture.height, width: picture.width, values: values))
    }
  }

  /// The objects of the picture `stem` of a devkit; nil where it has no outlines.
  package static func objects(devkit: String, stem: String) throws -> [PascalObject]? {
    let (mat, png, xml) = outlines(devkit: devkit, stem: stem)
    if try FileSystem.exists(mat) { return try objects(mat: mat) }
    guard try FileSystem.exists(png) else { return nil }
    return try objects(segmentation: png, description: xml)
  }

  private static func outlines(devkit: String, stem: String) -> (
    mat: String, png: String, xml: String
  ) {
    (
      "\(devkit)/\(parts)/\(stem).mat", "\(devkit)/\(segmentation)/\(stem).png",
      "\(devkit)/\(descriptions)/\(stem).xml"
    )
  }

  /// The files that a picture's samples may be made of, there or not.
  static func files(devkit: String, stem: String) -> [String] {
    let (mat, png, xml) = outlines(devkit: devkit, stem: stem)
    return ["\(devkit)/\(pictures)/\(stem).jpg", mat, png, xml]
  }
}
