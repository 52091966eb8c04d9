import CZlib
import Core
import Datasets
import Foundation
import Inference
import Storage

/// The project's own readers, each with what an input is to it. Those of HDF5's, JPEG's and PNG's content are their
/// libraries'; what surrounds them here is ours.
enum Readers {
  /// A reader is given an input, and throws `CSGError` where it refuses it.
  typealias Reader = @Sendable (Scratch, [UInt8]) throws -> Void

  static let all: [String: Reader] = [
    "idx": { try idx($0, $1, suffix: "") },
    "gzip": { try idx($0, $1, suffix: ".gz") },
    "cifar": { scratch, input in
      let name = input.count % 2 == 0 ? "test_batch.bin" : "data_batch_3.bin"
      for batch in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] where batch != name
      {
        _ = scratch.file(batch, [UInt8](repeating: 0, count: 3073))
      }
      _ = scratch.file(name, input)
      _ = try CIFARImporter.cifar10(folder: scratch.path)
    },
    "cifar-names": { scratch, input in
      _ = scratch.file("batches.meta.txt", input)
      _ = try CIFARImporter.cifar10(folder: scratch.path)
    },
    "safetensors": { scratch, input in
      let path = scratch.file("w.safetensors", input)
      _ = try? Safetensors.metadata(path)
      _ = try Safetensors.weights(path) { $0.hasSuffix("num_batches_tracked") }
    },
    "picture": { _, input in
      _ = try? Picture(decoding: input, path: "a picture", as: .stored)
      _ = try Picture(decoding: input, path: "a picture")
    },
    "mat": { scratch, input in
      _ = try PascalAnnotation.objects(mat: scratch.file("parts.mat", input))
    },
    "mat-content": { scratch, input in
      _ = try PascalAnnotation.objects(mat: scratch.file("parts.mat", matFile(of: input)))
    },
    "xml": { scratch, input in
      _ = try VOCObjectNames.read(scratch.file("objects.xml", input))
    },
    "voc-list": { scratch, input in
      _ = scratch.file("ImageSets/Main/train.txt", input)
      _ = scratch.file("ImageSets/Main/val.txt", Array("2008_01 1\n".utf8))
      _ = try PascalSplit.listedSides(devkit: scratch.path, name: "Main")
    },
    "manifest": { scratch, input in
      _ = scratch.file("manifest.json", input)
      _ = try Dataset(folder: scratch.path)
    },
    "preprocessing": { _, input in
      _ = try Preprocessing(
        text: String(decoding: input, as: UTF8.self), channels: 3, origin: "a checkpoint")
    },
    "configuration": { _, input in
      _ = try ResolvedConfiguration(
        text: String(decoding: input, as: UTF8.self), origin: "a configuration")
    },
    "records": { scratch, input in
      _ = scratch.file("metrics.jsonl", input)
      _ = try RunRecords(run: scratch.path, upTo: .max)
    },
  ]

  /// One of the four files, by the input's length; the others are sound.
  private static func idx(_ scratch: Scratch, _ input: [UInt8], suffix: String) throws {
    let sound: [(name: String, bytes: [UInt8])] = [
      ("train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 6]),
      ("train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 3, 4]),
      ("t10k-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8]),
      ("t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, 3]),
    ]
    for (i, file) in sound.enumerated() {
      _ = scratch.file(file.name + suffix, i == input.count % 4 ? input : file.bytes)
    }
    _ = try FashionMNISTImporter.load(folder: scratch.path)
  }

  /// A MAT 5 file whose only element is the input, compressed: a checksum stands before what is inside.
  private static func matFile(of element: [UInt8]) -> [UInt8] {
    var packed = [UInt8](repeating: 0, count: Int(compressBound(UInt(element.count))))
    var size = UInt(packed.count)
    let code = compress2(&packed, &size, element, UInt(element.count), 1)
    precondition(code == Z_OK, "zlib packs anything")
    var header = [UInt8](repeating: 32, count: 124) + [0, 1] + Array("IM".utf8)
    for word in [UInt32(15), UInt32(size)] {
      withUnsafeBytes(of: word.littleEndian) { header += $0 }
    }
    return header + packed[..<Int(size)]
  }
}
