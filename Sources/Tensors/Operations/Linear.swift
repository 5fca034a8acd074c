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
    parallelMatrixProduct(
      buffer.pointer, stride: outputs, pointer, .plain, stride: inputs,
      weight.pointer, .transposed, stride: inputs,
      m: rows, n: outputs, k: inputs, beta: residual == nil ? 0 : 1)

    return .result(
      shape: [rows, outputs], buffer: buffer,
      inputs: [self, weight] + (residual.map { [$0] } ?? [])
    ) { [self] upstream in
      if let sink = residual?.gradientSink {
        let (target, isFresh) = sink.target()
        if isFresh {
          target.update(from: upstream, count: rows * outputs)
        } else {
          inParallel(rows * outputs, grain: 1 << 14) { range in
            addScaled(
              target + range.lowerBound, upstream + range.lowerBound, 1, count: range.count)
          }
        }
      }
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
}
