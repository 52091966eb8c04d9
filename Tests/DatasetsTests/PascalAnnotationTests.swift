import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// Outlines of objects, from both kinds of annotation.
struct PascalAnnotationTests {
  private let devkit = Places.golden("pascal/devkit")
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try #require(FileManager.default.contents(atPath: "\(devkit)/\(path)")))
  }

  private func classes(_ stem: String) throws -> [String]? {
    try PascalAnnotation.objects(devkit: devkit, stem: stem)?.map(\.className)
  }

  @Test func bothKindsOfAnnotationAreRead() throws {
    #expect(try classes("2008_01") == ["bird", "person"])
    #expect(try classes("2008_02") == ["dog", "dog", "cat"])
    #expect(try classes("2009_06") == [], "an empty list of objects")
    #expect(try classes("2010_07") == ["horse", "car", "cat"], "names of parts are no objects")
    #expect(try classes("2010_08") == nil)
  }

  /// The ellipses of the script that drew them.
  @Test(arguments: [
    ("2008_01", 0, 40, 56, 20.0, 2.0, 9.0, 14.0), ("2009_04", 1, 48, 64, 30.0, 50.0, 15.0, 11.0),
    ("2009_04", 2, 48, 64, 12.0, 36.0, 10.0, 9.5), ("2010_09", 1, 45, 60, 20.0, 52.0, 15.0, 4.0),
  ])
  func masksLieRowByRow(
    _ stem: String, _ index: Int, _ height: Int, _ width: Int, _ row: Double, _ column: Double,
    _ rows: Double, _ columns: Double
  ) throws {
    let objects = try #require(try PascalAnnotation.objects(devkit: devkit, stem: stem))
    #expect(objects.map(\.number) == Array(1...objects.count))
    let mask = objects[index].mask
    #expect(mask.height == height && mask.width == width)
    for y in 0..<height {
      for x in 0..<width {
        let (a, b) = ((Double(y) - row) / rows, (Double(x) - column) / columns)
        #expect(mask.values[y * width + x] == (a * a + b * b <= 1 ? 1 : 0), "[\(y)][\(x)]")
      }
    }
  }

  @Test func bordersBelongToNoObject() throws {
    let numbers = try Picture(
      path: "\(devkit)/\(PascalAnnotation.segmentation)/2010_07.png", as: .stored)
    let objects = try #require(try PascalAnnotation.objects(devkit: devkit, stem: "2010_07"))
    #expect(numbers.pixels.contains(255))
    for (place, number) in numbers.pixels.enumerated() {
      let holders = objects.filter { $0.mask.values[place] == 1 }.map(\.number)
      #expect(holders == (number == 0 || number == 255 ? [] : [Int(number)]))
    }
  }

  // MARK: Damage

  @Test func noDamagedByteOfAMatFileGoesUnseen() throws {
    let whole = try bytes("Annotations_Part/2008_02.mat")
    let objects = try PascalAnnotation.objects(devkit: devkit, stem: "2008_02")
    var unseen = 0
    for (place, byte) in whole.enumerated() {
      var damaged = whole
      damaged[place] = byte ^ UInt8(1 << (place % 8))
      let path = try folder.write("a.mat", damaged)
      do {
        // Without meaning: the header's text, and bits that fill up a compressed block's last byte.
        #expect(try PascalAnnotation.objects(mat: path) == objects, "byte \(place)")
        if place >= 128 { unseen += 1 }
      } catch let error as CSGError {
        #expect(error.exitCode == .data && error.message.hasPrefix(path), "byte \(place): \(error)")
      }
    }
    #expect(unseen <= 1)
  }

  @Test(arguments: [0, 60, 127, 128, 133, 136, 200, 500])
  func aCutMatFileIsNamed(_ length: Int) throws {
    let whole = try bytes("Annotations_Part/2008_02.mat")
    let path = try folder.write("a.mat", Array(whole.prefix(length)))
    let error = #expect(throws: CSGError.self) { try PascalAnnotation.objects(mat: path) }
    #expect(error?.exitCode == .data && error?.message.hasPrefix(path) == true, "\(error as Any)")
  }

  @Test func othersFilesAreRefused() throws {
    var file = try bytes("Annotations_Part/2008_02.mat")
    func message() throws -> String {
      let path = try folder.write("a.mat", file)
      let error = #expect(throws: CSGError.self) { try PascalAnnotation.objects(mat: path) }
      return error?.description ?? ""
    }
    file[125] = 2
    #expect(try message().contains("another version than 5; save it with MATLAB's -v7"))
    file[125] = 1
    file[128] = 14
    #expect(try message().contains("not compressed"))
    file = try bytes("JPEGImages/2008_01.jpg")
    #expect(try message().contains("is no MAT file"))
    let missing = folder("none.mat")
    let error = #expect(throws: CSGError.self) { try PascalAnnotation.objects(mat: missing) }
    #expect(error?.exitCode == .noInput && error?.message.contains(missing) == true)
  }

  @Test(arguments: [
    ("<annotation><object><name>cat</name>", "near line"),
    ("no XML", "near line"),
    ("<html><object><name>cat</name></object></html>", "its root is 'html'"),
    ("<annotation><object><pose>left</pose></object></annotation>", "object 1 has no name"),
    ("<annotation>\n<object><name>cat</name></object></annotation>", "outlines object 3"),
  ])
  func aDamagedOrContradictingDescriptionIsNamed(_ text: String, _ part: String) throws {
    let path = try folder.write("a.xml", text)
    let error = #expect(throws: CSGError.self) {
      try PascalAnnotation.objects(
        segmentation: "\(devkit)/SegmentationObject/2010_07.png", description: path)
    }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains(path) == true && error?.message.contains(part) == true)
  }

  @Test func entitiesAreNotFollowed() throws {
    let secret = try folder.write("secret", "cat")
    let path = try folder.write(
      "a.xml",
      """
      <!DOCTYPE annotation [<!ENTITY e SYSTEM "file://\(secret)">]>
      <annotation><object><name>&e;</name></object></annotation>
      """)
    let error = #expect(throws: CSGError.self) { try VOCObjectNames.read(path) }
    #expect(error?.exitCode == .data && error?.message.contains("document type") == true)
  }

  /// FoundationXML ends the process on a name like this.
  @Test(arguments: [
    Array("<annotatio".utf8) + [0xEF] + Array("n></annotation>".utf8),
    Array("<annotation><obj".utf8) + [0xE5] + Array("ct/></annotation>".utf8),
    Array("<annotation><object><name>c".utf8) + [0xE1] + Array("t</name></object>".utf8),
  ])
  func aDescriptionThatIsNotUTF8IsRefused(_ text: [UInt8]) throws {
    let path = try folder.write("a.xml", text)
    let error = #expect(throws: CSGError.self) { try VOCObjectNames.read(path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message == "\(path): is damaged: not text in UTF-8")
  }

  /// Every bit of a description, flipped: it reads as something, or is named.
  @Test func noFlippedBitOfADescriptionEndsTheProcess() throws {
    let whole = try bytes("Annotations/2010_07.xml")
    var refused = 0
    for place in whole.indices {
      for bit in 0..<8 {
        var damaged = whole
        damaged[place] ^= 1 << UInt8(bit)
        let path = try folder.write("a.xml", damaged)
        do {
          #expect(try !VOCObjectNames.read(path).contains(""))
        } catch let error as CSGError {
          #expect(error.exitCode == .data && error.message.hasPrefix(path))
          refused += 1
        }
      }
    }
    #expect(refused > whole.count, "the high bit of each byte at the least")
  }

  @Test func aDamagedSegmentationIsNamed() throws {
    var file = try bytes("SegmentationObject/2010_07.png")
    file[file.count / 2] ^= 4
    let path = try folder.write("a.png", file)
    let error = #expect(throws: CSGError.self) {
      try PascalAnnotation.objects(
        segmentation: path, description: "\(devkit)/Annotations/2010_07.xml")
    }
    #expect(error?.exitCode == .data && error?.message.hasPrefix(path) == true)
  }
}
