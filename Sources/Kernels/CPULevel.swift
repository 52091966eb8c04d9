import CProcess
import Core
import Foundation
import KernelInterface
import KernelsAVX2
import KernelsAVX512
import KernelsBaseline

/// An instruction set that the kernels are built for.
package enum CPULevel: String, Sendable, CaseIterable, Comparable {
  /// What every CPU of the architecture has. On x86-64 that is no fused multiply-add: correct, slow.
  case baseline
  /// 256-bit vectors with fused multiply-add (x86-64-v3).
  case avx2
  /// 512-bit vectors (x86-64-v4).
  case avx512

  /// The best level of this CPU, or the one that the environment variable CSG_CPU names.
  /// - Throws: `CSGError` where it names no level, or one that this CPU does not reach.
  package static func select(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> CPULevel {
    guard let wanted = environment["CSG_CPU"], !wanted.isEmpty else { return Self.best }
    guard let level = CPULevel(rawValue: wanted) else {
      throw CSGError(.usage, "CSG_CPU=\(wanted): expected baseline, avx2 or avx512")
    }
    guard level <= Self.best else {
      throw CSGError(.usage, "CSG_CPU=\(wanted): this CPU reaches \(Self.best.rawValue) only")
    }
    return level
  }

  /// The best level of this CPU.
  package static let best: CPULevel =
    switch cprocess_x86_level() {
    case 4: .avx512
    case 3: .avx2
    default: .baseline
    }

  /// Whether a multiply-add is one instruction: the levels for which it is give the same bits.
  package var hasFusedMultiplyAdd: Bool {
    #if arch(x86_64)
      self != .baseline
    #else
      true
    #endif
  }

  /// The kernels of this level.
  var kernels: any KernelSet.Type {
    switch self {
    case .baseline: KernelsBaseline.VectorKernels.self
    case .avx2: KernelsAVX2.VectorKernels.self
    case .avx512: KernelsAVX512.VectorKernels.self
    }
  }

  /// Narrower vectors come first.
  package static func < (a: CPULevel, b: CPULevel) -> Bool {
    func rank(_ level: CPULevel) -> Int { allCases.firstIndex(of: level) ?? 0 }
    return rank(a) < rank(b)
  }
}
