/// TensorFlow's records: length (UInt64), masked CRC-32C of the length, data, masked CRC-32C of the
/// data, all little endian.
///
/// Source: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
package enum RecordFraming {
  private static let lengthBytes = 8, checkBytes = 4

  /// `data` as a record.
  package static func frame(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(CRC32C.masked(length)) + data + littleEndian(CRC32C.masked(data))
  }

  /// The records of a file, frames included, up to the first that is cut or damaged, as readers stop
  /// there; with each record the place of its data.
  package static func records(in file: [UInt8]) -> [(record: Range<Int>, data: Range<Int>)] {
    var found: [(record: Range<Int>, data: Range<Int>)] = []
    var start = 0
    while let (data, end) = record(at: start, in: file) {
      found.append((start..<end, data))
      start = end
    }
    return found
  }

  private static func record(at start: Int, in file: [UInt8]) -> (data: Range<Int>, end: Int)? {
    let frameBytes = lengthBytes + 2 * checkBytes
    guard file.count - start >= frameBytes else { return nil }
    let lengthEnd = start + lengthBytes
    let dataStart = lengthEnd + checkBytes
    let length = file[start..<lengthEnd]
    guard number(file[lengthEnd..<dataStart]) == UInt64(CRC32C.masked(length)),
      let count = Int(exactly: number(length)), count <= file.count - start - frameBytes
    else { return nil }
    let dataEnd = dataStart + count
    let end = dataEnd + checkBytes
    guard number(file[dataEnd..<end]) == UInt64(CRC32C.masked(file[dataStart..<dataEnd])) else {
      return nil
    }
    return (dataStart..<dataEnd, end)
  }

  private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
