/// Any JSON, for files whose keys may be more than this program knows.
enum JSONTree: Decodable {
  case object([String: JSONTree])
  case list([JSONTree])
  case number(Double)
  case text(String)
  case truth(Bool)
  case null

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .truth(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([String: JSONTree].self) {
      self = .object(value)
    } else {
      self = .list(try container.decode([JSONTree].self))
    }
  }
}
