extension Tensor {
  /// A linear map of each row, optionally added to a residual stream.
  ///
  ///     y = x Wᵀ + r
  ///
  /// - Parameters:
  ///   - weight: W, `[outputs, inputs]`.
  ///   - residual: r, `[N, outputs]`; adding it here saves a pass over memory.
  /// - Returns: `[N, outputs]`.
  /// - Precondition: `self` is `[N, inputs]`.
  public func linear(_ weight: Tensor, addedTo residual: Tensor? = nil) -> Tensor {
    let buffer = product(weight, residual)
    return .result(
      shape: [shape[0], weight.shape[0]], buffer: buffer,
      inputs: [self, weight] + (residual.map { [$0] } ?? [])
    ) { [self] upstream in
      addProductGradients(weight, upstream: upstream.accumulator())
      residual?.gradientSink?.add(upstream)
    }
  }

  /// The same matrix of weights, where it helps with a copy in the order in which products read it, for
  /// many products of few rows. Without gradient, and for as long as the weights do not change.
  ///
  /// - Precondition: `self` is `[outputs, inputs]`.
  public func packedForProducts() -> Tensor {
    precondition(shape.count == 2, "packed: shape \(shape)")
    guard case .panels = MatrixKernels.current else {
      return Tensor(shape: shape, buffer: buffer, offset: offset)
    }
    return Tensor(
      shape: shape, buffer: buffer, offset: offset,
      panels: PanelProduct.pack(pointer, columns: shape[0], terms: shape[1]))
  }

  /// The forward pass of `linear`.
  func product(_ weight: Tensor, _ residual: Tensor? = nil) -> Buffer {
    precondition(
      shape.count == 2 && weight.shape.count == 2 && shape[1] == weight.shape[1],
      "linear: \(shape) by \(weight.shape)")
    let (rows, inputs, outputs) = (shape[0], shape[1], weight.shape[0])
    if let residual {
      precondition(
        residual.shape == [rows, outputs], "linear: residual \(residual.shape) for \(shape)")
    }
    let buffer = Buffer(count: rows * outputs)
    if let residual { buffer.pointer.update(from: residual.pointer, count: rows * outputs) }
    let beta: Float = residual == nil ? 0 : 1
    if let panels = weight.panels {
      PanelProduct.multiply(
        buffer.pointer, pointer, packed: panels.pointer, m: rows, n: outputs, k: inputs, beta: beta)
    } else {
      parallelMatrixProduct(
        buffer.pointer, stride: outputs, pointer, .plain, stride: inputs,
        weight.pointer, .transposed, stride: inputs,
        m: rows, n: outputs, k: inputs, beta: beta)
    }
    return buffer
  }

  /// Adds dx = g W and dW = gᵀ x, where wanted.
  func addProductGradients(_ weight: Tensor, upstream: UnsafePointer<Float>) {
    let (rows, inputs, outputs) = (shape[0], shape[1], weight.shape[0])
    if let sink = gradientSink {
      let (target, isFresh) = sink.target()
      parallelMatrixProduct(
        target, stride: inputs, upstream, .plain, stride: outputs,
        weight.pointer, .plain, stride: inputs,
        m: rows, n: inputs, k: outputs, beta: isFresh ? 0 : 1)
    }
    if let sink = weight.gradientSink {
      let (target, isFresh) = sink.target()
      parallelMatrixProduct(
        target, stride: inputs, upstream, .transposed, stride: outputs,
        pointer, .plain, stride: inputs,
        m: outputs, n: inputs, k: rows, beta: isFresh ? 0 : 1)
    }
  }
}
