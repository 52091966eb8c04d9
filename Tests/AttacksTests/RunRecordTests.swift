import Attacks
import Core
import Storage
import TestSupport
import Testing

@Suite struct RunRecordTests {
  private let run = [Agreement("--method", "fgsm"), Agreement("the data", "a\"\u{0}ä\n")]
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ run: [Agreement]?) throws -> String {
    let path = folder(name)
    let file = try HDF5File(creating: path)
    if let run { try RunRecord.write(run, to: file) }
    try file.close(verifying: path)
    return path
  }

  @Test func theSameRunIsKnown() throws {
    #expect(try !RunRecord.isThere(run, at: folder("nothing.h5")))
    #expect(try RunRecord.isThere(run, at: write("a.h5", run)))
  }

  @Test func anotherRunIsRefusedByWhatDiffers() throws {
    let others = [
      [Agreement("--method", "pgd"), run[1]], [run[0], Agreement("the data", "b")], [run[0]],
      run + [Agreement("more", "1")],
    ]
    for (i, other) in others.enumerated() {
      let path = try write("\(i).h5", other)
      let error = #expect(throws: CSGError.self) { try RunRecord.isThere(run, at: path) }
      #expect(error?.exitCode == .configuration && error?.message.hasPrefix(path) == true)
      if i == 0 { #expect(error?.message.contains("pgd there, fgsm here") == true) }
    }
  }

  @Test func whatSaysNothingOfRunsIsRefused() throws {
    let path = try write("plain.h5", nil)
    let error = #expect(throws: CSGError.self) { try RunRecord.isThere(run, at: path) }
    #expect(error?.exitCode == .data)
    try folder.write("text.h5", "no HDF5")
    #expect(throws: CSGError.self) { try RunRecord.isThere(run, at: folder("text.h5")) }
  }
}
