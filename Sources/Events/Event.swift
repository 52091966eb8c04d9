import SwiftProtobuf

/// A value that TensorBoard shows under a tag; a tag's part before '/' is its group.
package enum EventValue: Sendable, Equatable {
  /// A point of a curve, kept as Float.
  case scalar(String, Float)
  /// A picture: a PNG file of height × width × channels (1: grey, 3: RGB).
  case image(String, png: [UInt8], height: Int, width: Int, channels: Int)
}

/// One record of an event file.
package struct Event: Sendable, Equatable {
  /// Seconds since 1970.
  package var wallTime: Double
  /// Steps taken.
  package var step: Int
  package var content: Content

  package enum Content: Sendable, Equatable {
    /// A file's first event.
    case version(String)
    /// A process starts here: what the files have of `step` and later ones is void to readers.
    case start
    case values([EventValue])
    /// What other programs write.
    case other
  }

  package init(wallTime: Double, step: Int, content: Content) {
    self.wallTime = wallTime
    self.step = step
    self.content = content
  }

  /// The event of a record's data.
  /// - Throws: SwiftProtobuf's error where it is none.
  package init(data: [UInt8]) throws {
    let message = try TensorBoardEvent(serializedBytes: data)
    wallTime = message.wallTime
    step = Int(message.step)
    content =
      switch message.what {
      case .fileVersion(let version): .version(version)
      case .sessionLog(let log) where log.status == .start: .start
      case .summary(let summary): .values(summary.value.compactMap(EventValue.init))
      case .sessionLog, nil: .other
      }
  }

  /// The event as a record's data.
  package var data: [UInt8] {
    get throws {
      let message = TensorBoardEvent.with {
        $0.wallTime = wallTime
        $0.step = Int64(step)
        switch content {
        case .version(let version): $0.fileVersion = version
        case .start: $0.sessionLog.status = .start
        case .values(let values): $0.summary.value = values.map(\.message)
        case .other: break
        }
      }
      return try message.serializedBytes()
    }
  }
}

extension EventValue {
  /// Its group and name.
  package var tag: String {
    switch self {
    case .scalar(let tag, _), .image(let tag, _, _, _, _): tag
    }
  }

  fileprivate init?(_ message: TensorBoardSummary.Value) {
    switch message.value {
    case .simpleValue(let number): self = .scalar(message.tag, number)
    case .image(let image):
      self = .image(
        message.tag, png: [UInt8](image.encodedImageString), height: Int(image.height),
        width: Int(image.width), channels: Int(image.colorspace))
    case nil: return nil
    }
  }

  fileprivate var message: TensorBoardSummary.Value {
    .with {
      switch self {
      case .scalar(let tag, let number):
        $0.tag = tag
        $0.simpleValue = number
      case .image(let tag, let png, let height, let width, let channels):
        $0.tag = tag
        $0.image.height = Int32(height)
        $0.image.width = Int32(width)
        $0.image.colorspace = Int32(channels)
        $0.image.encodedImageString.append(contentsOf: png)
      }
    }
  }
}
