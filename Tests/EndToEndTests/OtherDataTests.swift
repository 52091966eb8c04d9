import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// A net that is asked about other data than its training's sees them as it saw those.
@Suite struct OtherDataTests {
  /// The same test pictures, beside training pictures of other statistics.
  @Test func picturesAreNormalisedAsInTraining() throws {
    let sandbox = try Sandbox()
    try Sandbox.write(to: sandbox.folder("other"), train: 40)
    let manifests = try ["data", "other"].map { try Manifest(folder: sandbox.folder("\($0)/test")) }
    #expect(manifests[0].mean != manifests[1].mean)
    #expect(try sandbox.train("a", ["--max-steps", "1"]).status == 0)
    let told = try ["data", "other"].map { data in
      let finished = try Program.run(
        ["evaluate", "runs/a", "--data", data, "--json"], in: sandbox.path)
      #expect(finished.status == 0 && finished.errors.isEmpty, "\(finished.errors)")
      return try paths(finished)
    }
    #expect(NSArray(array: told[0]) == NSArray(array: told[1]))
    // What a key says goes before.
    let set = try Program.run(
      ["evaluate", "runs/a", "--data", "data", "--json", "--set", "data.mean=[0.9]"],
      in: sandbox.path)
    #expect(try NSArray(array: paths(set)) != NSArray(array: told[0]))
  }

  /// Pictures of another size than the net has learned from.
  @Test func anotherSizeIsSaid() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.train("a", ["--max-steps", "1"]).status == 0)
    try Sandbox.write(to: sandbox.folder("other"), train: 40, height: 20)
    let ask = ["evaluate", "runs/a", "--data", "other"]
    let told = try Program.run(ask, in: sandbox.path)
    #expect(
      told.errors.contains(
        "warning: other/test has images of 20 x 28 pixels, and runs/a was trained on 28 x 28:"),
      "\(told.errors)")
    let set = try Program.run(ask + ["--set", "data.image_size=28"], in: sandbox.path)
    #expect(set.status == 0 && set.errors.isEmpty, "\(set.errors)")
  }

  /// Where a training was framed, `resize=null` has whole pictures seen.
  @Test func framingIsTheTrainingsUnlessAKeySaysOtherwise() throws {
    let sandbox = try Sandbox()
    let keys = ["image_size=20", "resize=24", "crop_padding=0", "random_resized_crop={}"]
    let trained = try sandbox.train(
      "a", ["--max-steps", "1"] + keys.flatMap { ["--set", "data.\($0)"] })
    #expect(trained.status == 0, "\(trained.errors)")
    func told(_ sets: String...) throws -> NSArray {
      let finished = try Program.run(
        ["evaluate", "runs/a", "--data", "data", "--json"] + sets.flatMap { ["--set", $0] },
        in: sandbox.path)
      #expect(finished.status == 0, "\(finished.errors)")
      return try NSArray(array: paths(finished))
    }
    let framed = try told()
    #expect(try told("data.resize=24") == framed)
    #expect(try told("data.resize=null") == told("data.resize=22"), "8/7 of 20")
    #expect(try told("data.resize=null") != framed)
  }

  private func paths(_ finished: Finished) throws -> [[String: Any]] {
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
    return try ["standard", "gated"].map { try #require(document[$0] as? [String: Any]) }
  }
}
