import CProcess
import Core
import Foundation
import KernelInterface
import KernelsAVX2
import KernelsAVX512

/// An instruction set that the kernels are built for.
public enum CPULevel: String, Sendable, CaseIterable, Comparable {
  /// 256-bit vectors with fused multiply-add (x86-64-v3).
  case avx2
  /// 512-bit vectors (x86-64-v4).
  case avx512

  /// The best level of this CPU, or the one that the environment variable CSG_CPU names.
  /// - Throws: `CSGError` where the CPU has no level of ours, or not the one asked for.
  public static func select(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> CPULevel {
    guard let best = Self.best else {
      throw CSGError(
        .failure, "this CPU lacks AVX2 and fused multiply-add",
        remedy: "run on an x86-64-v3 machine (Intel Haswell, AMD Excavator, or newer)")
    }
    guard let wanted = environment["CSG_CPU"], !wanted.isEmpty else { return best }
    guard let level = CPULevel(rawValue: wanted) else {
      throw CSGError(.usage, "CSG_CPU=\(wanted): expected avx2 or avx512")
    }
    guard level <= best else {
      throw CSGError(.usage, "CSG_CPU=\(wanted): this CPU reaches \(best.rawValue) only")
    }
    return level
  }

  /// The best level of this CPU; nil where it has none of ours.
  public static let best: CPULevel? =
    switch cprocess_x86_level() {
    case 4: .avx512
    case 3: .avx2
    default: nil
    }

  /// The kernels of this level.
  var kernels: any KernelSet.Type {
    switch self {
    case .avx2: KernelsAVX2.VectorKernels.self
    case .avx512: KernelsAVX512.VectorKernels.self
    }
  }

  /// Narrower vectors come first.
  public static func < (a: CPULevel, b: CPULevel) -> Bool {
    a == .avx2 && b == .avx512
  }
}
