import COpenBLAS
import Communicator
import Core
import Kernels
import Storage

/// What a result was made by: recorded in checkpoints, never part of the result.
enum Provenance {
  static func text(communicator: Communicator, level: CPULevel) throws -> String {
    let hdf5 = try HDF5File.libraryVersion().version
    return """
      version: \(csgDistVersion)
      ranks: \(communicator.size)
      mpi: \(communicator.size > 1 ? Communicator.libraryVersion : "none")
      blas: \(blas)
      hdf5: \(hdf5)
      cpu: \(level.rawValue)
      """
  }

  /// OpenBLAS's version and the core that it chose kernels for.
  static var blas: String {
    let configuration = openblas_get_config().map { String(cString: $0) } ?? ""
    let version = configuration.split(separator: " ").prefix(2).joined(separator: " ")
    let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown core"
    return "\(version) (\(core))"
  }
}
