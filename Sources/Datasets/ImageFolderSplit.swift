import Core

extension ImageFolder {
  /// The pictures of one split.
  package struct Split: Sendable, SampleSource {
    /// Whether pictures become pixels or files.
    private let form: Form
    private let folder: String
    private let files: [(name: String, label: Int32)]
    private let isTraining: Bool
    private let classNames: [String]
    private let split: String
    /// Files of each class that are no samples, and those beside the folders of classes.
    package let passedOver: [PassedOver]
    /// Pictures whose names cannot be used, and why.
    let unreachable: [CSGError]

    /// Pictures left out by their names.
    package var skipped: Int { unreachable.count }
    /// Pictures.
    package var count: Int { files.count }
    /// Rows of a raw picture.
    package var height: Int { form.side }
    /// Columns of a raw picture.
    package var width: Int { form.side }
    /// RGB.
    package var channels: Int { 3 }
    /// Yes: the path of the picture below the data set's folder.
    package var hasNames: Bool { true }

    /// The pictures below `folder/split/CLASS`.
    init(
      folder: String, name split: String, classes: [String], besides: [PassedOver], form: Form
    ) throws {
      self.folder = folder
      self.form = form
      isTraining = split == "train"
      var files: [(name: String, label: Int32)] = []
      var passedOver = besides
      var unreachable: [CSGError] = []
      for (label, name) in classes.enumerated() {
        let place = split.isEmpty ? name : "\(split)/\(name)"
        let found = try FolderWalk(root: folder, place: place, className: name)
        files += found.pictures.map { ($0, Int32(label)) }
        passedOver += found.passedOver
        unreachable += found.faults
      }
      self.files = files
      self.passedOver = passedOver
      self.unreachable = unreachable
      classNames = classes
      self.split = split
    }

    /// Some pictures of `whole`; what became no sample is told by one part alone.
    private init(_ whole: Split, files: [(name: String, label: Int32)], isTraining: Bool) {
      form = whole.form
      folder = whole.folder
      self.files = files
      self.isTraining = isTraining
      classNames = whole.classNames
      split = whole.split
      passedOver = isTraining ? whole.passedOver : []
      unreachable = isTraining ? whole.unreachable : []
    }

    /// The pictures that train, and those that test.
    /// - Throws: `CSGError` 65 for a class whose pictures cannot be parted.
    func parted(_ share: ValidationShare) throws -> (train: Split, test: Split) {
      var testing: Set<Int> = []
      for label in classNames.indices {
        let places = files.indices.filter { files[$0].label == Int32(label) }
        let chosen = try share.testing(
          places.map { files[$0].name }, label: label, folder: folder)
        testing.formUnion(chosen.map { places[$0] })
      }
      func part(_ isTraining: Bool) -> Split {
        let own = files.indices.filter { testing.contains($0) != isTraining }
        return Split(self, files: own.map { files[$0] }, isTraining: isTraining)
      }
      return (part(true), part(false))
    }

    /// - Throws: `CSGError` 65 for a class without a picture, or, unless `allowsLoss`, one that loses more
    ///   than a tenth of its pictures because they are of kinds that are not read.
    func requirePictures(allowsLoss: Bool) throws {
      var counts = [Int](repeating: 0, count: classNames.count)
      for file in files { counts[Int(file.label)] += 1 }
      for (name, count) in zip(classNames, counts) {
        let path = split.isEmpty ? "\(folder)/\(name)" : "\(folder)/\(split)/\(name)"
        guard count > 0 else {
          let others = PassedOver.lines(passedOver.filter { $0.className == name })
          throw CSGError.data(
            path,
            "has no JPEG or PNG files"
              + (others.isEmpty ? "" : ", but \(others.joined(separator: "; "))"),
            remedy: "remove the folder, or fill it")
        }
        let losses = passedOver.filter { $0.className == name && $0.isLoss }
        let lost = losses.reduce(0) { $0 + $1.count }
        guard !allowsLoss, lost * 10 > lost + count else { continue }
        throw CSGError.data(
          path,
          "\(lost) of \(NumberText.count(lost + count, "picture")) are neither JPEG nor PNG: "
            + PassedOver.lines(losses).joined(separator: "; "),
          remedy: "convert them, or add --allow-loss to go without them")
      }
    }

    /// Every picture's name and size.
    package func scan() throws -> [Agreement] {
      try files.map { name, _ in
        let size = try FileSystem.size(of: "\(folder)/\(name)").map { "\($0) bytes" }
        return Agreement(name, size ?? "a link that leads nowhere", exitCode: .data)
      }
    }

    /// Reads, decodes and converts one picture.
    package func sample(_ index: Int) throws -> Sample {
      let (name, label) = files[index]
      let path = "\(folder)/\(name)"
      guard let bytes = try FileSystem.contents(of: path) else {
        throw CSGError(
          .noInput, "\(path): leads nowhere, or has gone", remedy: "mend the link, or remove it")
      }
      let picture = try Picture(decoding: bytes, path: path)
      guard form.storage == .jpeg else {
        return Sample(
          .pixels(picture.centered(side: form.side)), label: label, name: name)
      }
      let view = isTraining ? picture.centered(side: form.side) : nil
      let stored = try picture.asJPEG(of: bytes, size: form.size, path: path)
      return Sample(
        .jpeg(stored.file, height: stored.height, width: stored.width), label: label, name: name,
        view: view)
    }
  }
}
