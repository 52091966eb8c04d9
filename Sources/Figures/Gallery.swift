/// Folded items to browse; those of one group can be chosen, without scripts.
package struct Gallery: Sendable {
  /// One item.
  package struct Item: Sendable {
    let line: String, group: Int
    let jpeg: [UInt8], width: Int, height: Int
    let texts: [String]

    /// An item under a line, of a group by its number: a JPEG picture of an extent in pixels, and
    /// sentences.
    package init(
      _ line: String, group: Int, jpeg: [UInt8], width: Int, height: Int, texts: [String]
    ) {
      self.line = line
      self.group = group
      self.jpeg = jpeg
      self.width = width
      self.height = height
      self.texts = texts
    }
  }

  let groups: [String], items: [Item]

  /// Items of named groups.
  package init(groups: [String], items: [Item]) {
    precondition(items.allSatisfy { groups.indices.contains($0.group) }, "an item of no group")
    self.groups = groups
    self.items = items
  }

  /// Pictures are decoded when their item is unfolded.
  var html: String {
    let counts = groups.indices.map { group in items.count { $0.group == group } }
    let choices =
      [Self.choice("all", "all (\(items.count))", isChosen: true)]
      + groups.indices.filter { counts[$0] > 0 }.map {
        Self.choice("\($0)", "\(groups[$0]) (\(counts[$0]))", isChosen: false)
      }
    let rules = groups.indices.filter { counts[$0] > 0 }.map {
      "#gallery-\($0):checked ~ .items > :not(.group-\($0)) { display: none; }"
    }
    let shown = items.map { item in
      let texts = item.texts.map { "<p>\(Markup.escaped($0))</p>" }.joined(separator: "\n")
      return """
        <details class="group-\(item.group)">
        <summary>\(Markup.escaped(item.line))</summary>
        <img src="data:image/jpeg;base64,\(Base64.text(item.jpeg))" width="\(item.width)" \
        height="\(item.height)" loading="lazy" decoding="async" alt="\(Markup.escaped(item.line))"/>
        \(texts)
        </details>
        """
    }
    return """
      <div class="gallery">
      <style>
      \(rules.joined(separator: "\n"))
      </style>
      \(choices.joined(separator: "\n"))
      <div class="items">
      \(shown.joined(separator: "\n"))
      </div>
      </div>
      """
  }

  private static func choice(_ id: String, _ text: String, isChosen: Bool) -> String {
    """
    <input type="radio" name="gallery" id="gallery-\(id)"\(isChosen ? #" checked="checked""# : "")/>
    <label for="gallery-\(id)">\(Markup.escaped(text))</label>
    """
  }
}
