import Foundation

/// Processes that do one piece of work together, and the one way in which they come to mean the same by
/// it: values, faults and what they were given.
///
/// Every function is collective: all ranks call in the same order.
package protocol Ranks {
  /// This process's number, from 0, and how many there are.
  var rank: Int { get }
  var size: Int { get }
  /// Every rank's bytes, in rank order.
  func gather(_ mine: [UInt8]) throws -> [[UInt8]]
}

/// One process alone.
package struct SingleRank: Ranks {
  /// The only one.
  package let rank = 0, size = 1
  /// A process that works alone.
  package init() {}
  /// Its own bytes.
  package func gather(_ mine: [UInt8]) -> [[UInt8]] { [mine] }
}

// MARK: Values and faults

/// What a rank tells the others: a value, or why there is none.
private struct Message<Value: Codable>: Codable {
  var value: Value?
  var fault: Fault?

  init(_ body: () throws -> Value) {
    do { value = try body() } catch { fault = Fault(error) }
  }
}

/// An error on its way to other ranks.
private struct Fault: Codable {
  let exitCode: Int32, message: String, remedy: String?

  init(_ error: any Error) {
    let error = error as? CSGError ?? CSGError(.failure, "\(error)")
    (exitCode, message, remedy) = (error.exitCode.rawValue, error.message, error.remedy)
  }

  func error(prefix: String = "") -> CSGError {
    CSGError(ExitCode(rawValue: exitCode) ?? .failure, prefix + message, remedy: remedy)
  }
}

private struct Nothing: Codable {}

extension Ranks {
  /// Runs `body` on every rank and returns what each came to, in rank order; what is nil is left out. A
  /// fault of one is every rank's; one that not all have names the first rank that has it.
  package func together<Value: Codable>(_ body: () throws -> Value) throws -> [Value] {
    guard size > 1 else { return [try body()] }
    let all = try gather([UInt8](JSONEncoder().encode(Message(body)))).enumerated().map {
      rank, bytes in
      guard let message = try? JSONDecoder().decode(Message<Value>.self, from: Data(bytes)) else {
        throw foreign(rank)
      }
      return message
    }
    if let rank = all.firstIndex(where: { $0.fault != nil }), let first = all[rank].fault {
      let isShared = all.allSatisfy { $0.fault?.message == first.message }
      throw first.error(prefix: isShared ? "" : "rank \(rank): ")
    }
    return all.compactMap(\.value)
  }

  /// The same for work that comes to nothing but a fault.
  package func together(_ body: () throws -> Void) throws {
    _ = try together { () throws -> Nothing in
      try body()
      return Nothing()
    }
  }

  /// Runs `body` on rank 0 alone; its fault is every rank's, and names no rank: it speaks for all.
  package func onRoot(_ body: () throws -> Void) throws {
    var fault: Fault?
    if rank == 0 { do { try body() } catch { fault = Fault(error) } }
    let told = try together { () throws -> [Fault] in fault.map { [$0] } ?? [] }
    if let first = told[0].first { throw first.error() }
  }

  private func foreign(_ rank: Int) -> CSGError {
    CSGError(
      .configuration,
      "rank \(rank) speaks otherwise than rank \(self.rank): its program is another",
      remedy: "run the same csg-dist on every rank")
  }
}

// MARK: What ranks were given

/// One thing that all ranks must mean the same by.
package struct Agreement: Sendable {
  /// What it is, and its value, for people.
  package let name: String, value: String
  /// What a job ends with whose ranks differ in it.
  package let exitCode: ExitCode

  /// Something of the configuration, or, by `exitCode`, of the data.
  package init(_ name: String, _ value: String, exitCode: ExitCode = .configuration) {
    self.name = name
    self.value = value
    self.exitCode = exitCode
  }

  fileprivate var hash: UInt64 { .xxh3(Array(name.utf8) + [0] + Array(value.utf8)) }
}

/// Where ranks differ: the first rank that differs from rank 0, and the first thing in which it does.
package struct Disagreement: Sendable {
  /// The rank, and what the thing is called.
  package let rank: Int, name: String
  /// Its value there, and on rank 0; nil where a rank has nothing more.
  package let theirs: String?, ours: String?
  /// The thing's exit code.
  package let exitCode: ExitCode
}

extension Ranks {
  /// Compares things across ranks: one digest of all of them, and only where that differs, each. One
  /// process alone does not even look at them.
  package func disagreement(on given: @autoclosure () throws -> [Agreement]) throws
    -> Disagreement?
  {
    guard size > 1 else { return nil }
    let things = try given()
    let hashes = things.map(\.hash)
    let whole = DigestBuilder()
    whole.update(hashes)
    let mine = Array("csg-dist: all that I was given is \(whole.digest())".utf8)
    let all = try gather(mine)
    if let rank = all.firstIndex(where: { $0.count != mine.count }) { throw foreign(rank) }
    guard let rank = all.firstIndex(where: { $0 != all[0] }) else { return nil }

    let lists = try gather(
      hashes.flatMap { hash in
        withUnsafeBytes(of: hash.littleEndian) { Array($0) }
      })
    let (ours, theirs) = (lists[0], lists[rank])
    let byte = zip(ours, theirs).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let number = (byte ?? min(ours.count, theirs.count)) / 8
    let thing = number < things.count ? things[number] : nil
    let told = try gather(
      [UInt8](
        JSONEncoder().encode(thing.map { [$0.name, $0.value, "\($0.exitCode.rawValue)"] } ?? [])))
    let texts = try told.enumerated().map { rank, bytes in
      guard let text = try? JSONDecoder().decode([String].self, from: Data(bytes)) else {
        throw foreign(rank)
      }
      return text
    }
    let (root, other) = (texts[0], texts[rank])
    let named = root.count == 3 ? root : other
    let haveSameName = root.count == 3 && other.count == 3 && root[0] == other[0]
    func value(_ text: [String]) -> String? {
      text.count == 3 ? (haveSameName ? text[1] : "\(text[0]): \(text[1])") : nil
    }
    return Disagreement(
      rank: rank, name: named.first ?? "", theirs: value(other), ours: value(root),
      exitCode: named.last.flatMap { Int32($0) }.flatMap { ExitCode(rawValue: $0) } ?? .failure)
  }

  /// Checks that all ranks were given the same.
  /// - Throws: `CSGError` with the differing thing's code that names it and the rank.
  package func agree(on given: @autoclosure () throws -> [Agreement]) throws {
    guard let difference = try disagreement(on: given()) else { return }
    throw CSGError(
      difference.exitCode,
      "rank \(difference.rank) differs from rank 0 in \(difference.name): it has "
        + "\(difference.theirs ?? "nothing"), rank 0 \(difference.ours ?? "nothing")",
      remedy: "give every rank the same program, configuration and files")
  }
}
