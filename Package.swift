// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Kernels check nothing (their callers validate), so they are the only code built without checks.
/// The same sources are compiled once for each instruction set; the program picks one at start.
func kernelSettings(march: String? = nil, define: String) -> [SwiftSetting] {
  var flags = ["-Ounchecked", "-enforce-exclusivity=unchecked", "-wmo"]
  #if arch(x86_64)
    if let march { flags += ["-Xcc", "-march=\(march)"] }
  #endif
  return [.unsafeFlags(flags), .define(define)]
}

let package = Package(
  name: "csg-dist",
  products: [.executable(name: "csg-dist", targets: ["csg-dist"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
  ],
  targets: [
    // The C boundary. (Documentation, TARGET.docc, is excluded: it is read where it lies.)
    .systemLibrary(
      name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "CMPI", dependencies: ["COpenMPI"]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CHwloc", pkgConfig: "hwloc", providers: [.apt(["libhwloc-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "CPicture", dependencies: ["CJPEG", "CPNG"]),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .systemLibrary(name: "CPango", providers: [.apt(["libpango1.0-dev"])]),
    .target(name: "CProcess"),
    .target(name: "CDatagram"),

    .target(
      name: "Core",
      dependencies: ["CProcess", "CHwloc", "CXXHash", .product(name: "Yams", package: "Yams")]),

    // One set of kernel sources, three instruction sets: the folders of the three targets are links to
    // Sources/VectorKernels.
    .target(name: "KernelInterface"),
    .target(
      name: "KernelsBaseline", dependencies: ["KernelInterface"],
      swiftSettings: kernelSettings(define: "KERNELS_BASELINE")),
    .target(
      name: "KernelsAVX2", dependencies: ["KernelInterface"],
      swiftSettings: kernelSettings(march: "x86-64-v3", define: "KERNELS_AVX2")),
    .target(
      name: "KernelsAVX512", dependencies: ["KernelInterface"],
      swiftSettings: kernelSettings(march: "x86-64-v4", define: "KERNELS_AVX512")),
    .target(
      name: "Kernels",
      dependencies: [
        "KernelInterface", "KernelsBaseline", "KernelsAVX2", "KernelsAVX512", "CProcess", "Core",
        "COpenBLAS",
      ],
      exclude: ["Kernels.docc"]),

    .target(name: "Network", dependencies: ["Kernels", "Core"], exclude: ["Network.docc"]),
    .target(
      name: "Communicator", dependencies: ["CDatagram", "CMPI", "Core"],
      exclude: ["Communicator.docc"]),
    .target(name: "Storage", dependencies: ["CHDF5", "Core"], exclude: ["Storage.docc"]),
    .target(
      name: "Datasets", dependencies: ["Storage", "Core", "CZlib", "CPicture"],
      exclude: ["Datasets.docc"]),
    .target(
      name: "Events",
      dependencies: ["Core", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Protos"]),
    .target(
      name: "Inference",
      dependencies: [
        "Network", "Kernels", "Communicator", "Datasets", "Storage", "Core",
      ],
      exclude: ["Inference.docc"]),
    .target(
      name: "Training",
      dependencies: [
        "Inference", "Network", "Kernels", "Communicator", "Datasets", "Storage", "Events", "Core",
      ],
      exclude: ["Training.docc"]),
    .target(
      name: "Interpretability",
      dependencies: [
        "Inference", "Network", "Kernels", "Communicator", "Datasets", "Storage", "Core",
      ],
      exclude: ["Interpretability.docc"]),
    .target(name: "Forest", dependencies: ["Core"], exclude: ["Forest.docc"]),
    .target(
      name: "Attacks",
      dependencies: [
        "Inference", "Network", "Kernels", "Communicator", "Datasets", "Storage", "Core",
      ],
      exclude: ["Attacks.docc"]),
    .target(
      name: "Detection",
      dependencies: [
        "Attacks", "Forest", "Interpretability", "Inference", "Network", "Kernels",
        "Communicator", "Datasets", "Storage", "Core",
      ],
      exclude: ["Detection.docc"]),
    .target(
      name: "Benchmarks",
      dependencies: [
        "Training", "Interpretability", "Inference", "Network", "Kernels", "Communicator",
        "Datasets", "Forest", "Core",
      ]),
    .target(name: "Figures", dependencies: ["CCairo", "CPango", "Core"]),
    .target(
      name: "Report",
      dependencies: [
        "Figures", "Detection", "Attacks", "Interpretability", "Inference", "Network", "Datasets",
        "Storage", "Core",
      ]),
    .executableTarget(
      name: "csg-dist",
      dependencies: [
        "Report", "Benchmarks", "Detection", "Attacks", "Interpretability", "Training",
        "Inference", "Network",
        "Communicator", "Datasets", "Storage", "Kernels", "Core", "COpenBLAS",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(
      name: "TestSupport", dependencies: ["Core"],
      path: "Tests/TestSupport"),
    .testTarget(name: "CoreTests", dependencies: ["Core", "TestSupport"]),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "TestSupport"]),
    .testTarget(
      name: "NetworkTests", dependencies: ["Network", "Kernels", "Storage", "TestSupport"]),
    .testTarget(name: "StorageTests", dependencies: ["Storage", "CHDF5", "TestSupport"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"]),
    .testTarget(name: "EventsTests", dependencies: ["Events", "TestSupport"]),
    .testTarget(
      name: "InferenceTests",
      dependencies: [
        "Inference", "Network", "Kernels", "Datasets", "Storage", "TestSupport",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Inference", "Communicator", "Datasets", "Network", "Storage", "Events",
        "TestSupport",
      ]),
    .testTarget(
      name: "InterpretabilityTests",
      dependencies: [
        "Interpretability", "Network", "Kernels", "Communicator", "Storage", "TestSupport",
      ]),
    .testTarget(
      name: "AttacksTests",
      dependencies: [
        "Attacks", "Inference", "Network", "Kernels", "Datasets", "Storage", "TestSupport",
      ]),
    .testTarget(name: "ForestTests", dependencies: ["Forest", "Storage", "TestSupport"]),
    .testTarget(
      name: "DetectionTests",
      dependencies: [
        "Detection", "Attacks", "Forest", "Inference", "Network", "Kernels", "Datasets", "Storage",
        "TestSupport",
      ]),
    .testTarget(name: "FiguresTests", dependencies: ["Figures", "Datasets", "TestSupport"]),
    .testTarget(
      name: "ReportTests",
      dependencies: [
        "Report", "Figures", "Detection", "Attacks", "Interpretability", "Inference", "Core",
        "TestSupport",
      ]),
    .testTarget(
      name: "RankTests", dependencies: ["Training", "Kernels", "Communicator", "TestSupport"]),
    // They start the program, and compute little themselves: half of the time to build them is to optimise them.
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Core", "Kernels", "Network", "Communicator", "Storage", "Datasets", "Events", "Training",
        "Inference", "TestSupport",
      ],
      swiftSettings: [.unsafeFlags(["-Onone"])]),
  ],
  swiftLanguageModes: [.v6]
)

// launch/fuzz alone builds it: it needs libFuzzer, and code that says where it has been.
if ProcessInfo.processInfo.environment["CSG_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["Inference", "Datasets", "Storage", "Core", "CZlib"],
      path: "Tests/Fuzz", exclude: ["corpus"]))
}

// launch/test --sanitize sets it, to names that commas part. Not by SwiftPM's own option, which would have the kernels
// watched for threads too: they know none, and would take a hundred times as long.
if let value = ProcessInfo.processInfo.environment["CSG_SANITIZE"] {
  let names = value.split(separator: ",").map(String.init)
  // Swift has no such option on Linux: it traps by itself. C is to do so too; it knows no types of Swift's functions.
  let ofSwift = names.filter { $0 != "undefined" }.map { "-sanitize=\($0)" }
  let ofC =
    names.map { "-fsanitize=\($0)" }
    + (names.contains("undefined")
      ? ["-fsanitize-trap=undefined", "-fno-sanitize=function"] : [])
  let kernels: Set = ["KernelsBaseline", "KernelsAVX2", "KernelsAVX512"]
  for target in package.targets where target.type != .system {
    target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(ofC)]
    if !(names.contains("thread") && kernels.contains(target.name)) {
      target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(ofSwift)]
    }
    // Debian's gold cannot read what a sanitizer's runtime holds.
    target.linkerSettings =
      (target.linkerSettings ?? []) + [.unsafeFlags(ofSwift + ["-use-ld=lld"])]
  }
}
