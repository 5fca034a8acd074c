extension Tensor {
  /// A linear map of each row, optionally scaled, with a bias, and added to a residual stream.
  ///
  ///     y = s x Wᵀ + b + r
  ///
  /// - Parameters:
  ///   - weight: W, `[outputs, inputs]`.
  ///   - bias: b, `[outputs]`.
  ///   - scale: s.
  ///   - residual: r, `[N, outputs]`; adding it here saves a pass over memory.
  /// - Returns: `[N, outputs]`.
  /// - Precondition: `self` is `[N, inputs]`.
  public func linear(
    _ weight: Tensor, bias: Tensor? = nil, scale: Float = 1, addedTo residual: Tensor? = nil
  ) -> Tensor {
    let buffer = product(weight, bias: bias, scale: scale, addedTo: residual)
    // The residual's numbers are not needed again, so its memory is not kept.
    let residualSink = residual?.gradientSink
    return .result(
      shape: [shape[0], weight.shape[0]], buffer: buffer,
      inputs: [self, weight] + [bias, residual].compactMap(\.self)
    ) { [self] upstream in
      addProductGradients(weight, bias: bias, scale: scale, upstream: upstream.accumulator())
      residualSink?.add(upstream)
    }
  }

  /// The same matrix of weights, where it helps with a copy in the order in which products read it, for
  /// many products of few rows. Without gradient, and for as long as the weights do not change.
  ///
  /// - Precondition: `self` is `[outputs, inputs]`.
  public func packedForProducts() -> Tensor {
    precondition(shape.count == 2, "packed: shape \(shape)")
    guard case .panels = MatrixKernels.current else { return detached }
    return Tensor(
      shape: shape, buffer: buffer, offset: offset,
      panels: PanelProduct.pack(pointer, columns: shape[0], terms: shape[1]))
  }

  /// The sum of this matrix and a product of two, not recorded.
  ///
  ///     W + s B A
  ///
  /// - Parameters:
  ///   - b: B, `[outputs, rank]`.
  ///   - a: A, `[rank, inputs]`.
  ///   - scale: s.
  /// - Returns: `[outputs, inputs]`.
  /// - Precondition: `self` is `[outputs, inputs]`.
  public func adding(_ b: Tensor, times a: Tensor, scale: Float) -> Tensor {
    precondition(
      b.shape.count == 2 && a.shape.count == 2 && b.shape[1] == a.shape[0]
        && shape == [b.shape[0], a.shape[1]],
      "adding: \(b.shape) times \(a.shape) to \(shape)")
    let sum = Buffer(count: count)
    sum.pointer.update(from: pointer, count: count)
    parallelMatrixProduct(
      sum.pointer, stride: shape[1], b.pointer, .plain, stride: b.shape[1],
      a.pointer, .plain, stride: shape[1],
      m: shape[0], n: shape[1], k: b.shape[1], alpha: scale, beta: 1)
    return Tensor(shape: shape, buffer: sum)
  }

  /// The forward pass of `linear`.
  func product(
    _ weight: Tensor, bias: Tensor?, scale: Float, addedTo residual: Tensor?
  ) -> Buffer {
    precondition(
      shape.count == 2 && weight.shape.count == 2 && shape[1] == weight.shape[1],
      "linear: \(shape) by \(weight.shape)")
    let (rows, inputs, outputs) = (shape[0], shape[1], weight.shape[0])
    if let residual {
      precondition(
        residual.shape == [rows, outputs], "linear: residual \(residual.shape) for \(shape)")
    }
    if let bias { precondition(bias.shape == [outputs], "linear: bias \(bias.shape)") }
    let buffer = Buffer(count: rows * outputs)
    if let residual { buffer.pointer.update(from: residual.pointer, count: rows * outputs) }
    if let bias { buffer.add(bias, toEachOf: rows, isFresh: residual == nil) }
    let beta: Float = residual == nil && bias == nil ? 0 : 1
    if let panels = weight.panels {
      PanelProduct.multiply(
        buffer.pointer, pointer, packed: panels.pointer, m: rows, n: outputs, k: inputs,
        alpha: scale, beta: beta)
    } else {
      parallelMatrixProduct(
        buffer.pointer, stride: outputs, pointer, .plain, stride: inputs,
        weight.pointer, .transposed, stride: inputs,
        m: rows, n: outputs, k: inputs, alpha: scale, beta: beta)
    }
    return buffer
  }

  /// Adds dx = s g W, dW = s gᵀ x and db = Σ g, where wanted.
  func addProductGradients(
    _ weight: Tensor, bias: Tensor?, scale: Float, upstream: UnsafePointer<Float>
  ) {
    let (rows, inputs, outputs) = (shape[0], shape[1], weight.shape[0])
    if let sink = bias?.gradientSink {
      addColumnSums(sink.accumulator(), upstream, rows: rows, columns: outputs)
    }
    if let sink = gradientSink {
      let (target, isFresh) = sink.target()
      parallelMatrixProduct(
        target, stride: inputs, upstream, .plain, stride: outputs,
        weight.pointer, .plain, stride: inputs,
        m: rows, n: inputs, k: outputs, alpha: scale, beta: isFresh ? 0 : 1)
    }
    if let sink = weight.gradientSink {
      let (target, isFresh) = sink.target()
      parallelMatrixProduct(
        target, stride: inputs, upstream, .transposed, stride: outputs,
        pointer, .plain, stride: inputs,
        m: outputs, n: inputs, k: rows, alpha: scale, beta: isFresh ? 0 : 1)
    }
  }
}

extension Buffer {
  /// Writes a vector to every row, or adds it there.
  fileprivate func add(_ vector: Tensor, toEachOf rows: Int, isFresh: Bool) {
    let (target, source, width) = (pointer, vector.pointer, vector.count)
    inParallel(rows, grain: Tensor.rowGrain(width)) { range in
      for row in range {
        let line = target + row * width
        if isFresh {
          line.update(from: source, count: width)
        } else {
          addScaled(line, source, 1, count: width)
        }
      }
    }
  }
}

/// Adds the sum of all rows. Threads share the columns, so that no sum depends on their number.
private func addColumnSums(
  _ sums: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, rows: Int, columns: Int
) {
  inParallel(columns, grain: Tensor.rowGrain(rows)) { range in
    for row in 0..<rows {
      addScaled(
        sums + range.lowerBound, x + row * columns + range.lowerBound, 1, count: range.count)
    }
  }
}
