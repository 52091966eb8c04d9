import Core
import Inference
import Kernels
import Network

/// What a run is: all that its result depends on.
package struct AttackDescription: Sendable {
  let method: AttackMethod
  let settings: [AttackSetting]
  let aim: AttackAim, selection: AttackSelection
  let seed: UInt64
  let architecture: String, modelDigest: String, fingerprint: String
  let classes: [String]
  /// The same by name, for a process that is to go on with it; and of these what the samples, the net
  /// and its arithmetic are, whatever the attack.
  let agreements: [Agreement], subject: [Agreement]

  init(
    _ attack: any Attack, aim: AttackAim, selection: AttackSelection, samples: [Int], seed: UInt64,
    run: CheckpointedRun, passes: SplitPasses, level: CPULevel
  ) {
    method = attack.method
    settings = attack.settings
    self.aim = aim
    self.selection = selection
    self.seed = seed
    architecture = run.checkpoint.architecture
    modelDigest = run.checkpoint.stateDigest.description
    let manifest = passes.dataset.manifest
    fingerprint = manifest.fingerprint
    classes = manifest.classes
    let numbers = DigestBuilder()
    numbers.update(samples)
    let net = passes.network
    subject =
      [
        Agreement("the program", csgDistVersion), Agreement("the selection", selection.text),
        Agreement("the samples", "\(samples.count) of digest \(numbers.digest())"),
        Agreement("the architecture", architecture), Agreement("the model", modelDigest),
        Agreement("the data", fingerprint),
        Agreement("the classes", classes.joined(separator: "\n")),
        Agreement(
          "the pictures", "\(net.input.channels) × \(net.input.height) × \(net.input.width)"),
        Agreement("mean and std", "\(passes.normalizer.mean), \(passes.normalizer.std)"),
        Agreement("data.resize", "\(run.configuration.values.data.resize ?? 0)"),
        Agreement("compute.convolution", "\(run.configuration.values.compute.convolution)"),
        .arithmetic(level),
      ]
    agreements =
      [
        Agreement("--method", method.rawValue), Agreement("the target", aim.text),
        Agreement("--seed", "\(seed)"),
      ] + settings.map { Agreement($0.name, "\($0.value)") } + subject
  }

  /// Settings by name.
  var namedSettings: [String: Double] {
    Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0.value) })
  }
}
