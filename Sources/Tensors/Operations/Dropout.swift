extension Tensor {
  /// Sets each element to zero with the given probability and scales the others, so that the
  /// expected value stays.
  ///
  /// Source: Srivastava et al. 2014, "Dropout".
  ///
  /// - Parameters:
  ///   - probability: In `0..<1`. At 0 the tensor itself is returned and no number is drawn.
  ///   - random: Draws one 64-bit number for every four elements.
  public func dropout(_ probability: Float, using random: inout SplitMix64) -> Tensor {
    precondition(0 <= probability && probability < 1, "dropout: probability \(probability)")
    guard probability > 0 else { return self }
    let threshold = UInt64(probability * 65536)
    let keep = 1 / (1 - Float(threshold) / 65536)
    let mask = Buffer(count: count)
    var bits: UInt64 = 0
    for index in 0..<count {
      if index % 4 == 0 { bits = random.next() }
      mask.pointer[index] = bits & 0xffff < threshold ? 0 : keep
      bits >>= 16
    }
    let buffer = Buffer(count: count)
    multiply(buffer.pointer, pointer, mask.pointer, count: count)
    return .result(shape: shape, buffer: buffer, inputs: [self]) { [self] upstream in
      guard let sink = gradientSink else { return }
      let gradient = upstream.accumulator()
      multiply(gradient, gradient, mask.pointer, count: count)
      sink.add(upstream)
    }
  }
}

private func multiply(
  _ y: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int
) {
  for index in 0..<count { y[index] = a[index] * b[index] }
}
