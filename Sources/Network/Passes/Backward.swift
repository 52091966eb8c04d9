import Core
import Kernels

/// Where a backward pass leaves the gradients of θ and G, and all that a replica brings beside.
package struct ParameterGradients {
  /// How the contributions are laid out: θ's front, as far as the pass reaches.
  let vector: StepVector
  let contributions: any ReplicaContributions

  /// Gradients of each replica, in contributions laid out by `vector`.
  package init(_ vector: StepVector, _ contributions: any ReplicaContributions) {
    self.vector = vector
    self.contributions = contributions
  }
}

extension Network {
  /// Takes a seed back through the last forward pass, down to `reach`. Without `parameters` no
  /// gradient of θ or G is computed. θ, G and statistics stay as they are.
  ///
  /// `gradientReady` is called as the pass goes on: the floats of every contribution before its
  /// argument are final.
  ///
  /// After an evaluating pass, filters of any images may be seeds, more than there were images; after
  /// a training pass, whose images norms take together, there is one for each image, in order.
  package func backward(
    from seed: Seed, to reach: Reach, parameters: ParameterGradients? = nil,
    gradientReady: (Int) -> Void = { _ in }
  ) {
    precondition(reach != .image || imageGradients != nil, "the network was planned without image")
    let pass = pass(from: seed, to: reach, contributions: parameters?.contributions)
    precondition(pass.slotCount <= capacity, "\(pass.slotCount) gradients do not fit")
    track?.enter(.layer, blocks.count + 1)
    defer { track?.leave(.layer) }
    switch seed {
    case .loss(let loss): start(loss, pass, parameters?.vector)
    case .logits(let gradients): start(gradients, pass, parameters?.vector)
    case .filters(let filters): start(filters, pass)
    }
    let end = parameters?.vector.parameters.upperBound ?? 0
    func ready(_ place: Int) { gradientReady(min(place, end)) }
    ready(head.gradientEnd)
    backward(pass, gradientReady: ready)
  }

  private func pass(
    from seed: Seed, to reach: Reach, contributions: (any ReplicaContributions)?
  ) -> BackwardPass {
    guard case .filters(let filters) = seed, isEvaluated else {
      return BackwardPass(
        reach: reach, slots: replicas, images: nil, contributions: contributions)
    }
    precondition(contributions == nil, "filters of images have no gradient of parameters")
    return BackwardPass(
      reach: reach, slots: [0..<filters.count], images: filters, contributions: nil)
  }

  // MARK: Seeds

  /// Loss, head, and all that is no gradient of θ. Of the replicas in the scope of the norms the
  /// first, which is never empty, brings their statistics.
  private func start(_ loss: LabelLoss, _ pass: BackwardPass, _ vector: StepVector?) {
    pass.forEachReplica(headParts(vector)) { number, images, contribution in
      let loss = loss.of(images)
      var found = (loss: 0.0, correct: 0, gatedLoss: 0.0)
      for (index, way) in loss.path.passes.enumerated() where !images.isEmpty {
        func row(_ n: Int) -> Int {
          Int(loss.labels[loss.labels.startIndex + n - images.lowerBound])
        }
        func gateRow(_ n: Int) -> FloatSlice? { way == .gated ? gate.row(row(n)) : nil }
        head.forward(images, gateRow: gateRow, theta: theta, addresses: loss.addresses)
        let result = crossEntropy.differentiate(
          images, loss.labels, weight: way == .gated ? loss.gatedWeight : 1)
        if index == 0 {
          (found.loss, found.correct) = result
        } else {
          found.gatedLoss = result.loss
        }
        head.backward(
          images, gateRow: gateRow, theta: theta, pass: pass, gradient: contribution,
          gateGradient: { n in
            guard way == .gated, let contribution, let vector else { return nil }
            let start = vector.gate.lowerBound + row(n) * filters
            return contribution[start..<start + filters]
          }, adds: index > 0)
      }
      spread(images, pass)
      guard let contribution, let vector else { return }
      contribution[vector.loss] = Float(found.loss)
      contribution[vector.correct] = Float(found.correct)
      if loss.path == .joint { contribution[vector.gatedLoss] = Float(found.gatedLoss) }
      if !isEvaluated, normReplicas.own.lowerBound + number == 0 {
        contribution[vector.statistics].copy(from: batchStatistics)
        contribution[vector.replicas] = 1
      }
    }
  }

  /// The head of the STD path from given gradients [N][C] by its logits.
  private func start(_ gradients: FloatSlice, _ pass: BackwardPass, _ vector: StepVector?) {
    precondition(gradients.count == pass.slotCount * classes, "gradients by logits do not fit")
    pass.forEachReplica(headParts(vector)) { _, images, contribution in
      guard !images.isEmpty else { return }
      head.forward(images, gateRow: { _ in nil }, theta: theta, addresses: nil)
      for n in images {
        head.logits.gradient(n).copy(from: gradients[n * classes..<(n + 1) * classes])
      }
      head.backward(
        images, gateRow: { _ in nil }, theta: theta, pass: pass, gradient: contribution,
        gateGradient: { _ in nil }, adds: false)
      spread(images, pass)
    }
  }

  /// The gradient of each slot's pooled activation: 1 / (H·W) all over the filter's map.
  private func start(_ filters: ArraySlice<FilterSeed>, _ pass: BackwardPass) {
    precondition(pass.slotCount == filters.count, "one filter for each image")
    let last = blocks.count - 1
    team.forEach(filters.count) { slot, _ in
      let seed = filters[filters.startIndex + slot]
      precondition(
        seed.filter < self.filters && (isEvaluated || seed.image == slot), "no such filter, image")
      let dz = gradients[last][slot]
      let shape = gradients[last].shape
      dz.fill(0)
      let first = shape.index(seed.filter, 0, 0)
      for pixel in 0..<shape.pixels { dz[first + pixel * shape.lanes] = 1 / Float(shape.pixels) }
      if reachesBlocks(pass) { blocks[last].takeGradient(slot, dz: dz, pass: pass) }
    }
  }

  /// The parts of a contribution that seed and head bring; all may be asked for.
  private func headParts(_ vector: StepVector?) -> VectorParts {
    guard let vector else { return VectorParts(0..<0) }
    return VectorParts(
      0..<min(head.gradientEnd, vector.parameters.upperBound), vector.gate.lowerBound..<vector.count
    )
  }

  private func reachesBlocks(_ pass: BackwardPass) -> Bool { pass.goesBehind(head.gradientEnd) }

  /// Leaves the gradients by the last activations, where the pass goes on to them.
  private func spread(_ images: Range<Int>, _ pass: BackwardPass) {
    let goesOn = reachesBlocks(pass)
    guard goesOn || pass.reach == .activations else { return }
    let last = blocks.count - 1
    team.forEach(images.count) { i, _ in
      let n = images.lowerBound + i
      head.spread(n, into: gradients[last][n])
      if goesOn { blocks[last].takeGradient(n, dz: gradients[last][n], pass: pass) }
    }
  }

  // MARK: Blocks

  /// From the gradient by the last activations down.
  private func backward(_ pass: BackwardPass, gradientReady: (Int) -> Void) {
    var done = head.gradientEnd
    for (i, block) in blocks.enumerated().reversed() {
      guard pass.goesBehind(done) else { return }
      track?.enter(.layer, i + 1)
      let dz = gradients[i]
      let dx = block.isIdentity ? dz : i == 0 ? stem.outputGradient : gradients[i - 1]
      block.backward(
        input(ofBlock: i), dz: dz, dx: dx, theta: theta, pass: pass,
        after: { slot in
          if i == 0 {
            stem.takeGradient(slot, dz: dx[slot], pass: pass)
          } else {
            blocks[i - 1].takeGradient(slot, dz: dx[slot], pass: pass)
          }
        }, gradientReady: gradientReady)
      done = block.gradientEnd
    }
    guard pass.goesBehind(done) else { return }
    track?.enter(.layer, 0)
    stem.backward(
      images, dz: blocks[0].isIdentity ? gradients[0] : stem.outputGradient, into: imageGradients,
      theta: theta, pass: pass)
    gradientReady(stem.gradientEnd)
  }

  // MARK: What a pass has found

  /// The gradient by image n's normalised pixels [channels][H][W] after a pass that reached the image;
  /// after one from filters, that of slot n.
  package func imageGradient(_ n: Int) -> [Float] {
    guard let imageGradients else { preconditionFailure("the network was planned without image") }
    return imageGradients[n..<n + 1].read()
  }

  /// The gradient by image n's last activations [K][H][W] after a pass that reached them and no
  /// further.
  package func activationGradient(_ n: Int) -> [Float] {
    gradients[blocks.count - 1][n..<n + 1].read()
  }
}
