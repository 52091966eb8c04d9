import Core
import Foundation

/// What people hold in place of a file of weights.
enum ForeignWeights {
  /// What is said of a file that begins so; nil where that tells of nothing known.
  static func fault(_ bytes: some Collection<UInt8>, at path: String) -> CSGError? {
    switch FileContent(bytes) {
    case .empty: .data(path, "is empty", remedy: "fetch it again")
    case .largeFilePointer:
      .data(path, "is a Git LFS pointer, not the file itself", remedy: "fetch that by git lfs pull")
    case .html, .xml:
      .data(
        path, "is a web page, not the file itself",
        remedy: "download the file that the page is about")
    case .zip:
      .data(path, "is a ZIP archive, as PyTorch's .pth and .pt are", remedy: convert(path))
    case .pickle:
      .data(path, "is a Python pickle, as PyTorch's older .pth are", remedy: convert(path))
    case .hdf5:
      .data(
        path, "is HDF5, not safetensors",
        remedy: "use it as it is if it is a checkpoint of csg-dist, else write safetensors")
    case .gzip: .data(path, "is compressed by gzip", remedy: "unpack it by gunzip")
    case .webP, .bmp, .gif, .tiff, .heif, .netpbm, nil: nil
    }
  }

  /// A command that makes safetensors of what PyTorch has saved.
  private static func convert(_ path: String) -> String {
    let output = "\((path as NSString).deletingPathExtension).safetensors"
    return "make safetensors of it: python3 -c \"import torch, safetensors.torch as s; "
      + "d = torch.load('\(path)', map_location='cpu', weights_only=True); "
      + "d = d.get('state_dict', d.get('model', d)); "
      + "s.save_file({k: v.contiguous() for k, v in d.items()}, '\(output)')\""
  }
}
