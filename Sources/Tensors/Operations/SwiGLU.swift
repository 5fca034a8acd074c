extension Tensor {
  /// The gated activation of a feed-forward block.
  ///
  ///     y = silu(g) · u,  silu(g) = g / (1 + e⁻ᵍ)
  ///
  /// Source: Shazeer 2020, arXiv:2002.05202.
  ///
  /// - Returns: `[N, F]`.
  /// - Precondition: `self` is `[N, 2F]`: each row holds g, then u.
  public func swiGLU() -> Tensor {
    precondition(shape.count == 2 && shape[1] % 2 == 0, "swiGLU: shape \(shape)")
    let (rows, width) = (shape[0], shape[1] / 2)
    let buffer = Buffer(count: rows * width)
    let (x, y) = (pointer, buffer.pointer)
    inParallel(rows, grain: Self.rowGrain(width)) { range in
      for row in range {
        let gate = x + row * 2 * width
        gatedActivation(y + row * width, gate: gate, up: gate + width, count: width)
      }
    }
    return .result(shape: [rows, width], buffer: buffer, inputs: [self]) { [self] upstream in
      guard let (target, isFresh) = gradientSink?.target() else { return }
      let gradient = UnsafePointer(upstream.accumulator())
      inParallel(rows, grain: Self.rowGrain(width)) { range in
        for row in range {
          let gate = pointer + row * 2 * width
          let output = target + row * 2 * width
          if isFresh { output.update(repeating: 0, count: 2 * width) }
          addGatedActivationGradient(
            gateOutput: output, upOutput: output + width, gate: gate, up: gate + width,
            upstream: gradient + row * width, count: width)
        }
      }
    }
  }
}

private func gatedActivation(
  _ y: UnsafeMutablePointer<Float>, gate: UnsafePointer<Float>, up: UnsafePointer<Float>, count: Int
) {
  let one = Vector(repeating: 1)
  var index = 0
  while index + 16 <= count {
    let g = gate.vector(index)
    y.store(g / (one + exponential(-g)) * up.vector(index), index)
    index += 16
  }
  while index < count {
    y[index] = gate[index] / (1 + exponential(-gate[index])) * up[index]
    index += 1
  }
}

/// With σ the sigmoid of g, adds dg = upstream · u · σ (1 + g (1 − σ)) and du = upstream · g σ.
private func addGatedActivationGradient(
  gateOutput: UnsafeMutablePointer<Float>, upOutput: UnsafeMutablePointer<Float>,
  gate: UnsafePointer<Float>, up: UnsafePointer<Float>, upstream: UnsafePointer<Float>, count: Int
) {
  let one = Vector(repeating: 1)
  var index = 0
  while index + 16 <= count {
    let (g, d) = (gate.vector(index), upstream.vector(index))
    let sigmoid = one / (one + exponential(-g))
    let slope = sigmoid * (one + g * (one - sigmoid))
    gateOutput.store(gateOutput.vector(index) + d * up.vector(index) * slope, index)
    upOutput.store(upOutput.vector(index) + d * g * sigmoid, index)
    index += 16
  }
  while index < count {
    let (g, d) = (gate[index], upstream[index])
    let sigmoid = 1 / (1 + exponential(-g))
    gateOutput[index] += d * up[index] * sigmoid * (1 + g * (1 - sigmoid))
    upOutput[index] += d * g * sigmoid
    index += 1
  }
}
