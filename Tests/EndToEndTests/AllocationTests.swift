import Foundation
import TestSupport
import Testing

/// What training asks the heap for.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)),
  .enabled(if: !Sanitizer.countsMemory, "SKIPPED: a sanitizer's heap is its own"))
struct AllocationTests {
  /// Runs that differ by steps alone ask as often, but for what other threads may have asked for first (a type's
  /// metadata, say) and a few words about how long they took: all that a step needs is there before the first. Both end
  /// within the first epoch. What a timeline of other steps asks for it asks for as the run begins and ends.
  @Test(arguments: [
    [], ["batch_norm=sync"], ["gate.schedule=joint"], ["gate.schedule=standard"],
    ["optimizer.kind=adam", "gate.optimizer=adam"], ["verify.replay_every=1000"],
    ["compute.wire=bfloat16"],
    ["--trace=trace.json", "--trace-steps=1..2"],
    ["model.architecture=alexnet-cifar", "model.dropout=0.5"],
  ])
  func aStepAllocatesNothing(_ keys: [String]) throws {
    let library = try PreloadedLibrary("allocations")
    let sandbox = try Sandbox()
    let always = [
      "log.every=0", "checkpoint.every_steps=0", "compute.threads=1", "gate.period=1",
      "batch_size=2",
    ]
    func calls(steps: Int) throws -> Int {
      let finished = try sandbox.train(
        "steps-\(steps)",
        ["--max-steps", "\(steps)"]
          + (always + keys).flatMap {
            $0.hasPrefix("--") ? [$0] : ["--set", $0]
          },
        environment: [
          "LD_PRELOAD": library.path, "ALLOCATIONS_LOG": sandbox.folder("allocations"),
        ])
      #expect(finished.status == 0, "\(finished.errors)")
      let text = try String(contentsOfFile: sandbox.folder("allocations"), encoding: .utf8)
      return try #require(Int(text.prefix { $0 != " " }))
    }
    let more = keys.contains { $0.contains("alexnet") } ? 60 : 160
    let (few, many) = (try calls(steps: 3), try calls(steps: 3 + more))
    #expect(few > 0)
    #expect(abs(many - few) < more / 2, "\(few), \(many)")
  }
}
