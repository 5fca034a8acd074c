extension Tensor {
  /// The result of `body`, of which nothing is kept for the backward pass but this tensor: `body` runs
  /// a second time there. Memory for long inputs, at the price of one more forward pass.
  ///
  /// Source: Chen et al. 2016, arXiv:1604.06174.
  ///
  /// - Parameters:
  ///   - parameters: The leaves that `body` reads besides this tensor and that want a gradient.
  ///   - body: Gives the same result each time.
  public func recomputing(
    with parameters: [Tensor], _ body: @escaping (Tensor) -> Tensor
  ) -> Tensor {
    precondition(
      parameters.allSatisfy { $0.node == nil }, "recomputing: a parameter is a result itself")
    guard Recording.isEnabled else { return body(self) }
    let output = withoutGradient { body(self) }
    precondition(output.offset == 0, "recomputing: the result is a parameter")
    return .result(
      shape: output.shape, buffer: output.buffer, inputs: [self] + parameters
    ) { [self] upstream in
      let gradient = Gradient(count: count)
      let input = Tensor(shape: shape, buffer: buffer, offset: offset, leafGradient: gradient)
      Recording.$isEnabled.withValue(true) { body(input).backward(upstream) }
      if let gradientSink, !gradient.isEmpty { gradientSink.add(gradient) }
    }
  }
}
