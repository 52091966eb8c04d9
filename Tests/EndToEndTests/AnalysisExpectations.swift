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

extension AnalyzeTests {
  private func list(_ place: Any?, _ key: String) throws -> [[String: Any]] {
    try #require((place as? [String: Any])?[key] as? [[String: Any]], "\(key)")
  }

  /// What G and M say of each filter, and what each class's filters are worth, is counted anew from the
  /// matrices and predictions; shares are those that stand beside.
  func expectAnswers(of document: [String: Any], in file: HDF5File) throws {
    let network = document["network"]
    let gate = try file.dataset("network/gate").readAll(Float.self)
    let information = try file.dataset("network/mutual_information").readAll(Double.self)
    let maxima = try file.dataset("network/mutual_information_chance_maxima").readAll(Double.self)
    let answers = try list(network, "filter_classes")
    #expect(answers.count == 64)
    var named: [Int?] = []
    for (k, answer) in answers.enumerated() {
      let column = (0..<10).map { gate[$0 * 64 + k] }
      let row = Array(information[k * 10..<k * 10 + 10])
      let (most, known) = (column.max() ?? 0, row.max() ?? 0)
      #expect(abs((answer["gate"] as? Double ?? -1) - Double(most)) < 1e-15)
      #expect(answer["gate_class"] as? Int == column.firstIndex(of: most))
      #expect(answer["gate_classes"] as? Int == column.count { $0 > 0.5 })
      #expect(abs((answer["information"] as? Double ?? -1) - known) < 1e-15)
      #expect(answer["information_class"] as? Int == (known > 0 ? row.firstIndex(of: known) : nil))
      let isAbove = known > maxima[k * 19..<k * 19 + 19].max() ?? 0
      #expect(answer["above_chance"] as? Bool == isAbove)
      named.append(isAbove ? row.firstIndex(of: known) : nil)
    }
    let labels = try file.dataset("labels").readAll(Int32.self)
    let predictions = try file.dataset("network/predictions_standard").readAll(Int32.self)
    let left = try file.dataset("network/removed/0/confusion_standard").readAll(Int32.self)
    let classes = try list(network, "class_filters")
    #expect(classes.map { $0["class"] as? Int } == Array(0..<10))
    func tally(_ place: Any?, _ key: String, right: Int, of samples: Int) throws {
      let found = try #require((place as? [String: Any])?[key] as? [String: Any], "\(key)")
      #expect(found["right"] as? Int == right && found["samples"] as? Int == samples, "\(key)")
      let ends = try #require(found["interval"] as? [Double])
      let share = Double(right) / Double(samples)
      #expect(ends[0] <= share && share <= ends[1] && ends[0] >= 0 && ends[1] <= 1)
    }
    let hits = labels.indices.filter { predictions[$0] == labels[$0] }
    for (c, answer) in classes.enumerated() {
      let theirs = (0..<64).filter { gate[c * 64 + $0] > 0.5 }
      #expect(answer["filters"] as? [Int] == theirs)
      let entries = try #require(answer["gate"] as? [Double])
      #expect(entries.count == theirs.count)
      #expect(zip(entries, theirs).allSatisfy { abs($0 - Double(gate[c * 64 + $1])) < 1e-15 })
      #expect(answer["agreeing"] as? [Int] == theirs.filter { named[$0] == c })
      #expect(
        answer["differing"] as? [Int] == theirs.filter { named[$0] != nil && named[$0] != c })
      #expect(answer["unclear"] as? [Int] == theirs.filter { named[$0] == nil })
      let own = hits.count { labels[$0] == c }
      let samples = labels.count { $0 == c }
      try tally(answer, "own", right: own, of: samples)
      try tally(answer, "others", right: hits.count - own, of: labels.count - samples)
      #expect((answer["removal"] is NSNull) == (c != 0), "class 0 alone was removed by itself")
    }
    let accuracy = try #require(try value(network, "accuracy") as? Double)
    #expect(abs(accuracy - Double(hits.count) / Double(labels.count)) < 1e-15)
    let removal = try #require(classes[0]["removal"] as? [String: Any])
    let after = (0..<10).map { Int(left[$0 * 11]) }
    let samples = labels.count { $0 == 0 }
    try tally(removal, "own", right: after[0], of: samples)
    try tally(
      removal, "others", right: after.dropFirst().reduce(0, +), of: labels.count - samples)
    let removed = try #require(try list(network, "removals").first)
    for (part, key, count) in [
      ("own_random", "own_accuracy_random", samples),
      ("others_random", "other_accuracy_random", labels.count - samples),
    ] {
      let drawn = try #require(removal[part] as? [String: Any])
      let mean = try #require(drawn["mean"] as? Double)
      let share = try #require(try value(removed, key) as? Double)
      #expect(abs(mean / Double(count) - share) < 1e-12, "\(part)")
      let least = try #require(drawn["least"] as? Int)
      let most = try #require(drawn["most"] as? Int)
      #expect(Double(least) <= mean && mean <= Double(most) && drawn["draws"] as? Int == 20)
    }
  }

  /// Ratio and difference are those of the two nets, counted from their predictions.
  func expectComparison(of document: [String: Any], in file: HDF5File) throws {
    let comparison = document["comparison"]
    let labels = try file.dataset("labels").readAll(Int32.self)
    func right(_ group: String) throws -> Set<Int> {
      let predictions = try file.dataset("\(group)/predictions_standard").readAll(Int32.self)
      return Set(labels.indices.filter { predictions[$0] == labels[$0] })
    }
    let (ours, theirs) = (try right("network"), try right("baseline"))
    #expect(
      try value(comparison, "right_only_network") as? Int == ours.subtracting(theirs).count)
    #expect(
      try value(comparison, "right_only_baseline") as? Int == theirs.subtracting(ours).count)
    let difference = try #require(try value(comparison, "accuracy_difference") as? Double)
    #expect(abs(difference - Double(ours.count - theirs.count) / Double(labels.count)) < 1e-15)
    let ends = try #require(try value(comparison, "accuracy_difference_interval") as? [Double])
    #expect(ends[0] < difference && difference < ends[1])
    func score(_ name: String) throws -> Double {
      try #require(try value(document[name], "mutual_information_score") as? Double)
    }
    let ratio = try #require(
      try value(comparison, "mutual_information_score_ratio") as? Double)
    #expect(abs(ratio - (try score("network") / score("baseline"))) < 1e-12)
    let bounds = try #require(
      try value(comparison, "mutual_information_score_ratio_interval") as? [Double])
    #expect(bounds[0] < ratio && ratio < bounds[1])
  }

  /// Steps by path are those of the runs' own records.
  func expectTraining(of document: [String: Any]) throws {
    for (name, run) in [("network", "a"), ("baseline", "b")] {
      let network = try #require(document[name] as? [String: Any])
      let training = try #require(network["training"] as? [String: [String: Int]])
      let records = try sandbox.records(run)
      #expect(training.keys.sorted() == ["gated", "joint", "standard"])
      for (path, part) in training {
        let theirs = records.filter { $0["path"] as? String == path }
        #expect(
          part["steps"] == theirs.count { $0["kind"] as? String == "step" }, "\(name) \(path)")
        #expect(
          part["epochs"] == theirs.count { $0["kind"] as? String == "epoch" }, "\(name) \(path)")
      }
      let step = (network["origin"] as? [String: Any])?["step"] as? Int
      #expect(training.values.reduce(0) { $0 + ($1["steps"] ?? 0) } == step, "\(name)")
    }
    #expect((document["data"] as? [String: Any])?["name"] as? String == "data")
  }

  /// The report's first words, and those of class 0, say the counts of the document.
  func expectWords(_ page: String, _ document: [String: Any]) throws {
    for tag in ["title", "h1"] {
      #expect(page.contains("<\(tag)>Analysis of resnet8 on data</\(tag)>"))
    }
    let start = try #require(page.range(of: "</h1>"))
    let first = page[start.upperBound...].prefix(2000)
    let comparison = document["comparison"]
    let ratio = try #require(
      try value(comparison, "mutual_information_score_ratio") as? Double)
    #expect(first.contains(String(format: ", %.3f times as much (95 %% interval ", ratio)))
    let network = document["network"]
    let answer = try #require(list(network, "class_filters").first)
    func right(_ place: Any?, _ key: String) -> Int {
      ((place as? [String: Any])?[key] as? [String: Any])?["right"] as? Int ?? -1
    }
    let all = right(answer, "own") + right(answer, "others")
    #expect(first.contains("The network recognises \(all) of 130 samples ("))
    #expect(
      first.contains(
        "Training of the network: STD path 12 steps (1 whole epoch), CSG path 11 steps"))
    #expect(first.contains("of the baseline: STD path 6 steps (0 whole epochs), 6 steps in all."))
    let removal = answer["removal"]
    let words = try #require(page.range(of: "<p>T-shirt/top: "))
    let sentences = page[words.upperBound...].prefix { $0 != "<" }
    for (key, samples) in [("own", "its "), ("others", "the ")] {
      #expect(sentences.contains("Of \(samples)"))
      #expect(sentences.contains(" \(right(answer, key)) are right with all filters ("))
      #expect(sentences.contains("), \(right(removal, key)) without these ("))
    }
    #expect(page.contains("was not asked (--remove-classes)"), "other classes were not removed")
  }
}
