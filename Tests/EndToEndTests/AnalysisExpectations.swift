import Foundation
import Storage
import TestSupport
import Testing

/// What must hold between the numbers of `metrics.json` and the matrices of `analysis.h5`.
extension AnalyzeTests {
  /// Chance, ceiling and interval of MIS are those of the matrices that stand in the file.
  func expectScale(of network: Any?, in file: HDF5File, rows: [Double], score: Double)
    throws
  {
    let scale = (network as? [String: Any])?["mutual_information"]
    func told(_ key: String) throws -> Double { try #require(try value(scale, key) as? Double) }
    let maxima = try file.dataset("network/mutual_information_chance_maxima")
    #expect(maxima.shape == [64, 19])
    #expect(try told("permutations") == 19)
    let dealt = try maxima.readAll(Double.self)
    #expect(abs(try told("score_chance") - dealt.reduce(0, +) / (64 * 19)) < 1e-12)
    let above = (0..<64).count { k in
      (rows[k * 10..<k * 10 + 10].max() ?? 0) > (dealt[k * 19..<k * 19 + 19].max() ?? 0)
    }
    #expect(try told("filters_above_chance") == Double(above) / 64)
    #expect(above > 6, "more than one in twenty know something")
    let chance = try file.dataset("network/mutual_information_chance").readAll(Double.self)
    #expect(abs(try told("mean_chance") - chance.reduce(0, +) / 640) < 1e-12)
    #expect(abs(try told("mean") - rows.reduce(0, +) / 640) < 1e-12)
    let ceilings = try file.dataset("network/mutual_information_ceiling").readAll(Double.self)
    #expect(abs(try told("score_ceiling") - (ceilings.max() ?? 0)) < 1e-15)
    let terms = try file.dataset("network/mutual_information_score_terms").readAll(Double.self)
    #expect(terms.count == 130 && abs(terms.reduce(0, +) / 130 - score) < 1e-10)
    let ends = try #require(try value(scale, "score_interval") as? [Double])
    #expect(ends[0] < score && score < ends[1])
  }

  func labelCounts(_ file: HDF5File) throws -> [Int] {
    let labels = try file.dataset("labels").readAll(Int32.self)
    return (0..<10).map { c in labels.count { $0 == c } }
  }

  /// The accuracies of class 0 and of the others, weighed by samples, are that of all.
  func expectParts(of removal: [String: Any], classCounts: [Int]) throws {
    func told(_ key: String) throws -> Double { try #require(try value(removal, key) as? Double) }
    let share = Double(classCounts[0]) / Double(classCounts.reduce(0, +))
    func all(_ suffix: String) throws -> Double {
      try told("own_accuracy\(suffix)") * share + told("other_accuracy\(suffix)") * (1 - share)
    }
    #expect(abs(try all("") - told("accuracy")) < 1e-12)
    #expect(abs(try all("_random") - told("accuracy_random")) < 1e-12)
    let loss = try told("other_accuracy_before") - told("other_accuracy")
    #expect(abs(try told("other_accuracy_loss") - loss) < 1e-12)
    let perClass = try #require(try value(removal, "accuracy_per_class") as? [Double?])
    #expect(abs(try told("own_accuracy") - (perClass[0] ?? .nan)) < 1e-12)
  }

  /// ACC2 and ACC3 count the predictions that stand in the file.
  func expectPredictedClass(of network: Any?, in file: HDF5File) throws {
    let found = (network as? [String: Any])?["predicted_class_filters"]
    let labels = try file.dataset("labels").readAll(Int32.self)
    for name in ["acc2", "acc3"] {
      let predictions = try file.dataset("network/predictions_\(name)").readAll(Int32.self)
      let hits = zip(predictions, labels).count { $0 == $1 }
      let accuracy = try #require(try value(found, name) as? Double)
      #expect(abs(accuracy - Double(hits) / 130) < 1e-15, "\(name)")
      let random = try #require(try value(found, "\(name)_random") as? Double)
      #expect(random > 0 && random < 1, "\(name)")
    }
    let gate = try file.dataset("network/gate").readAll(Float.self)
    let counts = (0..<10).map { c in gate[c * 64..<(c + 1) * 64].count { $0 > 0.5 } }
    #expect(try value(found, "filters") as? [Int] == counts)
  }

  /// The filters' correlation is the cosine of the last convolution's weights in the checkpoint.
  func expectCorrelation(_ file: HDF5File, of run: String) throws {
    let ours = try file.dataset("network/filter_correlation").readAll(Double.self)
    let checkpoint = try Checkpoint(reading: sandbox.folder("runs/\(run)/checkpoints/latest"))
    let last = try #require(checkpoint.parameters.first { $0.name == "layer3.0.conv2.weight" })
    let rows = (0..<64).map { k in last.values[k * 576..<(k + 1) * 576].map(Double.init) }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let lengths = rows.map { product($0, $0).squareRoot() }
    for i in 0..<64 {
      for j in 0..<64 {
        let cosine = product(rows[i], rows[j]) / (lengths[i] * lengths[j])
        #expect(abs(ours[i * 64 + j] - cosine) < 1e-12, "\(i), \(j)")
      }
    }
  }
}
