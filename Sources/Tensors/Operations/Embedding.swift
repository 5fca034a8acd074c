extension Tensor {
  /// The rows of a table at the given indices, repeated indices allowed.
  ///
  /// Serves token embeddings (`self` is the table `[V, C]`) and the choice of positions from a
  /// batch (`self` is `[N, C]`).
  ///
  /// - Parameter indices: Rows to take, each in `0..<shape[0]`.
  /// - Returns: `[indices.count, C]`.
  public func rows<Index: BinaryInteger>(_ indices: [Index]) -> Tensor {
    precondition(shape.count == 2, "rows: of a tensor with shape \(shape)")
    let (rowCount, width) = (shape[0], shape[1])
    let indices = indices.map { Int($0) }
    for index in indices {
      precondition(0 <= index && index < rowCount, "rows: \(index) is not in 0..<\(rowCount)")
    }
    let buffer = Buffer(count: indices.count * width)
    for (row, index) in indices.enumerated() {
      (buffer.pointer + row * width).update(from: pointer + index * width, count: width)
    }
    return .result(
      shape: [indices.count, width], buffer: buffer, inputs: [self]
    ) { [self] upstream in
      guard let accumulator = gradientSink?.accumulator() else { return }
      let gradient = upstream.accumulator()
      // Threads share the columns, not the rows: repeated indices then never meet.
      inParallel(width, grain: max(16, (1 << 15) / max(1, indices.count))) { columns in
        for (row, index) in indices.enumerated() {
          addScaled(
            accumulator + index * width + columns.lowerBound,
            gradient + row * width + columns.lowerBound, 1, count: columns.count)
        }
      }
    }
  }
}
