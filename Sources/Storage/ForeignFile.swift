import Core
import Foundation

/// What people hold in place of a file of weights, told by its first bytes.
enum ForeignFile {
  /// What is said of it; nil where the bytes tell of nothing known.
  static func fault(_ bytes: [UInt8], at path: String) -> CSGError? {
    func begins(_ start: [UInt8]) -> Bool { bytes.starts(with: start) }
    func begins(_ start: String) -> Bool {
      String(decoding: bytes.prefix(512), as: UTF8.self).lowercased()
        .trimmingCharacters(in: .whitespacesAndNewlines).hasPrefix(start)
    }
    if bytes.isEmpty { return .data(path, "is empty", remedy: "fetch it again") }
    if begins("version https://git-lfs") {
      return .data(
        path, "is a Git LFS pointer, not the file itself", remedy: "fetch that by git lfs pull")
    }
    if begins("<!doctype html") || begins("<html") || begins("<?xml") {
      return .data(
        path, "is a web page, not the file itself",
        remedy: "download the file that the page is about")
    }
    if begins([0x50, 0x4B, 3, 4]) {
      return .data(path, "is a ZIP archive, as PyTorch's .pth and .pt are", remedy: convert(path))
    }
    if begins([0x80]), let version = bytes.dropFirst().first, (2...5).contains(version) {
      return .data(path, "is a Python pickle, as PyTorch's older .pth are", remedy: convert(path))
    }
    if begins([0x89, 0x48, 0x44, 0x46]) {
      return .data(
        path, "is HDF5, not safetensors",
        remedy: "use it as it is if it is a checkpoint of csg-dist, else write safetensors")
    }
    if begins([0x1F, 0x8B]) {
      return .data(path, "is compressed by gzip", remedy: "unpack it by gunzip")
    }
    return nil
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
