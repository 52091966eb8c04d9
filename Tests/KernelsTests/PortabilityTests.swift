import Foundation
import TestSupport
import Testing

/// The kernels are for more than the machine at hand.
@Suite struct PortabilityTests {
  /// The toolchain's bare-metal arm64 library (Embedded Swift) has all that kernels use, so it can
  /// compile them where no arm64 system is at hand; the object holds NEON's fused multiply-add.
  @Test func theKernelsCompileForARM() throws {
    let folder = try TemporaryFolder()
    func swiftc(_ arguments: [String]) throws -> Finished {
      let common = [
        "swiftc", "-target", "aarch64-none-none-elf", "-enable-experimental-feature", "Embedded",
        "-wmo", "-parse-as-library", "-package-name", "kernels", "-Ounchecked",
      ]
      return try Program(command: common + arguments, in: folder.path).finish()
    }
    func sources(_ target: String) throws -> [String] {
      let path = "\(Places.root)/Sources/\(target)"
      let names = try FileManager.default.contentsOfDirectory(atPath: path)
      return names.filter { $0.hasSuffix(".swift") }.sorted().map { "\(path)/\($0)" }
    }
    let interface = try swiftc(
      ["-module-name", "KernelInterface", "-emit-module", "-emit-module-path"]
        + [folder("KernelInterface.swiftmodule"), "-c", "-o", folder("interface.o")]
        + sources("KernelInterface"))
    #expect(interface.status == 0, "\(interface.errors)")
    let kernels = try swiftc(
      ["-module-name", "Kernels", "-I", folder.path, "-emit-assembly", "-o", folder("kernels.s")]
        + sources("KernelsAVX2"))
    #expect(kernels.status == 0, "\(kernels.errors)")
    let assembly = try String(contentsOfFile: folder("kernels.s"), encoding: .utf8)
    #expect(assembly.components(separatedBy: "fmla").count > 100)
  }
}
