import Core
import Foundation
import FoundationXML

/// The classes of the objects that a PASCAL VOC annotation (XML) lists, in its order:
/// `annotation/object/name`.
package enum VOCObjectNames {
  /// Reads a file.
  /// - Throws: `CSGError` 66 where it cannot be read, 65 where it is no such annotation; the error
  ///   names the line.
  package static func read(_ path: String) throws -> [String] {
    guard let data = try FileSystem.contents(of: path).map({ Data($0) }) else {
      throw CSGError(.noInput, "\(path): cannot be read")
    }
    try check(data, path: path)
    let parser = XMLParser(data: data)
    let collector = Collector()
    parser.delegate = collector
    // A file that is cut between two elements parses, as far as FoundationXML is concerned.
    guard parser.parse(), collector.open.isEmpty else {
      throw CSGError.data(path, "is damaged or no XML near line \(parser.lineNumber)")
    }
    guard collector.root == "annotation" else {
      throw CSGError.data(path, "is no PASCAL VOC annotation: its root is '\(collector.root)'")
    }
    if let place = collector.names.firstIndex(of: "") {
      throw CSGError.data(path, "object \(place + 1) has no name")
    }
    return collector.names
  }

  /// Some 25 times the largest at hand; the parser's time grows with the square of some faults' number.
  private static let mostBytes = 65_536

  /// FoundationXML ends the process on names that are not UTF-8, which libxml2 hands on after it has
  /// found the fault (Swift 6.2); and a few entities can be declared to stand for gigabytes. Annotations
  /// have neither.
  private static func check(_ data: Data, path: String) throws {
    guard data.count <= mostBytes else {
      throw CSGError.data(
        path, "has \(data.count) bytes, and annotations of PASCAL VOC at most \(mostBytes)")
    }
    guard String(validating: data, as: UTF8.self) != nil, !data.contains(0) else {
      throw CSGError.data(
        path, "is damaged: not text in UTF-8", remedy: "fetch it again, or save it as UTF-8")
    }
    guard data.range(of: Data("<!DOCTYPE".utf8)) == nil else {
      throw CSGError.data(path, "declares a document type, which no annotation of PASCAL VOC does")
    }
  }

  private final class Collector: NSObject, XMLParserDelegate {
    var root = ""
    var names: [String] = []
    var open: [String] = []

    func parser(
      _: XMLParser, didStartElement element: String, namespaceURI _: String?,
      qualifiedName _: String?, attributes _: [String: String]
    ) {
      if open.isEmpty { root = element }
      open.append(element)
      if open == ["annotation", "object"] { names.append("") }
    }

    func parser(_: XMLParser, foundCharacters text: String) {
      // A part of an object (head, hand, foot) has a name too.
      guard open == ["annotation", "object", "name"] else { return }
      names[names.count - 1] += text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func parser(
      _: XMLParser, didEndElement _: String, namespaceURI _: String?, qualifiedName _: String?
    ) { open.removeLast() }
  }
}
