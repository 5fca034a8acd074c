extension Tensor {
  /// Root-mean-square normalisation of each query and key head, then their rotation.
  ///
  ///     y = R(w ⊙ x / √(mean(x²) + ε)) for each head of queries and keys; values stay
  ///
  /// Source: the Qwen3 report, Yang et al. 2025, arXiv:2505.09388; after Dehghani et al. 2023,
  /// arXiv:2302.05442. Both are one operation because the rotation then works in place.
  ///
  /// - Parameters:
  ///   - layout: How a row is split.
  ///   - queryNorm: w of the queries, `[D]`, shared by all heads.
  ///   - keyNorm: w of the keys, `[D]`, shared by all heads.
  ///   - epsilon: ε, above 0.
  ///   - table: The rotation, of the same D.
  ///   - positions: Position of each row, in `0..<table.length`.
  /// - Returns: The shape of `self`.
  /// - Precondition: `self` is `[N, (H + 2 KV) · D]`: queries, keys, values.
  public func rotatedNormalizedHeads(
    _ layout: AttentionLayout, queryNorm: Tensor, keyNorm: Tensor, epsilon: Float,
    _ table: RotaryTable, positions: [Int]
  ) -> Tensor {
    precondition(
      shape == [positions.count, layout.projectionWidth] && table.headWidth == layout.headWidth
        && queryNorm.shape == [layout.headWidth] && keyNorm.shape == [layout.headWidth],
      "normalised heads: \(shape) by \(queryNorm.shape) and \(keyNorm.shape) for \(layout)")
    let heads = NormalizedHeads(layout, rows: positions.count)
    let angles = table.angles(of: positions)
    let buffer = Buffer(count: count)
    let scales = heads.forward(
      buffer.pointer, pointer, queryNorm.pointer, keyNorm.pointer, epsilon: epsilon)
    heads.rotate(buffer.pointer, angles, positions, sign: 1)
    return .result(
      shape: shape, buffer: buffer, inputs: [self, queryNorm, keyNorm]
    ) { [self] upstream in
      let gradient = upstream.accumulator()
      heads.rotate(gradient, angles, positions, sign: -1)
      if let sink = gradientSink {
        heads.addInputGradient(
          sink, pointer, queryNorm.pointer, keyNorm.pointer, UnsafePointer(gradient), scales)
      }
      heads.addWeightGradients(
        queryNorm.gradientSink, keyNorm.gradientSink, pointer, UnsafePointer(gradient), scales)
    }
  }
}

/// The kernels of the operation: loops over rows of `[rows, (H + 2 KV) · D]`.
private struct NormalizedHeads {
  let layout: AttentionLayout
  let rows: Int

  init(_ layout: AttentionLayout, rows: Int) {
    self.layout = layout
    self.rows = rows
  }

  /// Heads of queries and keys.
  private var count: Int { layout.heads + layout.keyValueHeads }
  private var width: Int { layout.headWidth }
  private var rowWidth: Int { layout.projectionWidth }
  private var grain: Int { Tensor.rowGrain(rowWidth) }

  /// Normalises, copies the values, and returns 1 / √(mean(x²) + ε) of each head, `[rows, H + KV]`.
  func forward(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ queryNorm: UnsafePointer<Float>,
    _ keyNorm: UnsafePointer<Float>, epsilon: Float
  ) -> Buffer {
    let scales = Buffer(count: max(1, rows * count))
    let s = scales.pointer
    inParallel(rows, grain: grain) { range in
      for row in range {
        let (input, output) = (x + row * rowWidth, y + row * rowWidth)
        for head in 0..<count {
          s[row * count + head] = normalize(
            output + head * width, input + head * width,
            head < layout.heads ? queryNorm : keyNorm, epsilon, count: width)
        }
        (output + count * width).update(from: input + count * width, count: layout.keyWidth)
      }
    }
    return scales
  }

  func rotate(
    _ x: UnsafeMutablePointer<Float>, _ angles: RotaryAngles, _ positions: [Int], sign: Float
  ) {
    Tensors.rotate(x, angles, positions, heads: count, width: rowWidth, sign: sign)
  }

  func addInputGradient(
    _ sink: Gradient, _ x: UnsafePointer<Float>, _ queryNorm: UnsafePointer<Float>,
    _ keyNorm: UnsafePointer<Float>, _ upstream: UnsafePointer<Float>, _ scales: Buffer
  ) {
    let (target, isFresh) = sink.target()
    inParallel(rows, grain: grain) { range in
      for row in range {
        let start = row * rowWidth
        let line = target + start
        if isFresh { line.update(repeating: 0, count: rowWidth) }
        for head in 0..<count {
          let place = start + head * width
          addNormGradient(
            target + place, x: x + place, weight: head < layout.heads ? queryNorm : keyNorm,
            upstream: upstream + place, scale: scales.pointer[row * count + head], count: width)
        }
        addScaled(line + count * width, upstream + start + count * width, 1, count: layout.keyWidth)
      }
    }
  }

  /// dw ← dw + Σ g x s over rows and heads, in blocks of rows: no sum depends on the number of threads.
  func addWeightGradients(
    _ querySink: Gradient?, _ keySink: Gradient?, _ x: UnsafePointer<Float>,
    _ upstream: UnsafePointer<Float>, _ scales: Buffer
  ) {
    guard querySink != nil || keySink != nil else { return }
    let blocks = (rows + gradientBlock - 1) / gradientBlock
    withScratch(count: max(1, blocks * 2 * width)) { partial in
      inParallel(blocks, grain: 1) { range in
        for block in range {
          let sums = partial + block * 2 * width
          sums.update(repeating: 0, count: 2 * width)
          for row in block * gradientBlock..<min(rows, (block + 1) * gradientBlock) {
            for head in 0..<count {
              let place = row * rowWidth + head * width
              let scale = scales.pointer[row * count + head]
              let sum = head < layout.heads ? sums : sums + width
              for index in 0..<width {
                sum[index] += upstream[place + index] * x[place + index] * scale
              }
            }
          }
        }
      }
      for (sink, offset) in [(querySink, 0), (keySink, width)] {
        guard let target = sink?.accumulator() else { continue }
        for block in 0..<blocks {
          addScaled(target, partial + block * 2 * width + offset, 1, count: width)
        }
      }
    }
  }
}
