/// Whether a matrix is read as it lies in memory or transposed.
package enum Layout: Int32, Sendable {
  case plain = 111
  case transposed = 112
}

/// Multiplications that are worth a thread of their own.
let smallestPiece = 1 << 16

/// C ← α · op(A) · op(B) + β · C for row-major matrices, on this thread alone.
///
/// `op(A)` is `[m, k]`, `op(B)` is `[k, n]`, `c` is `[m, n]`. Strides count elements between rows
/// as they lie in memory. Operations know no library but this function.
///
/// - Parameter kernels: Those of this process, unless a test asks for others.
package func matrixProduct(
  _ c: UnsafeMutablePointer<Float>, stride cStride: Int,
  _ a: UnsafePointer<Float>, _ aLayout: Layout, stride aStride: Int,
  _ b: UnsafePointer<Float>, _ bLayout: Layout, stride bStride: Int,
  m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0, kernels: MatrixKernels = .current
) {
  guard m > 0, n > 0 else { return }
  guard k > 0 else { return scaleMatrix(c, stride: cStride, by: beta, m: m, n: n) }
  switch kernels {
  case .panels:
    PanelProduct.multiply(
      c, stride: cStride, a, aLayout, stride: aStride, b, bLayout, stride: bStride,
      m: m, n: n, k: k, alpha: alpha, beta: beta)
  case .openBLAS(let library):
    library.sgemm(
      101, aLayout.rawValue, bLayout.rawValue, Int32(m), Int32(n), Int32(k), alpha,
      a, Int32(aStride), b, Int32(bStride), beta, c, Int32(cStride))
  }
}

/// C ← β · C, what a product without terms is. With β = 0 the old content does not count, even where it
/// is not a number.
func scaleMatrix(
  _ c: UnsafeMutablePointer<Float>, stride: Int, by beta: Float, m: Int, n: Int
) {
  for row in 0..<m {
    for column in 0..<n {
      let index = row * stride + column
      c[index] = beta == 0 ? 0 : beta * c[index]
    }
  }
}

/// The same product, its rows or columns shared among the compute threads.
///
/// Each thread runs its own product without a barrier inside. No sum is split, so the result does
/// not depend on how sums are ordered between threads.
package func parallelMatrixProduct(
  _ c: UnsafeMutablePointer<Float>, stride cStride: Int,
  _ a: UnsafePointer<Float>, _ aLayout: Layout, stride aStride: Int,
  _ b: UnsafePointer<Float>, _ bLayout: Layout, stride bStride: Int,
  m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
) {
  // Where rows are shared every thread copies all of B, so columns are the cheaper cut: unless there
  // are too few of them for all threads, or a transposed A costs as much.
  let (panels, tiles) = (pieces(n, PanelProduct.width), pieces(m, PanelProduct.tileRows))
  let byRows =
    aLayout == .transposed ? m >= n : panels < min(ComputeThreads.count, tiles)
  let unit = byRows ? PanelProduct.tileRows : PanelProduct.width
  let lines = byRows ? m : n
  let grain = max(1, smallestPiece / max(1, (byRows ? n : m) * k * unit))
  inParallel(pieces(lines, unit), grain: grain) { range in
    let first = range.lowerBound * unit
    let count = min(lines, range.upperBound * unit) - first
    if byRows {
      matrixProduct(
        c + first * cStride, stride: cStride,
        a + (aLayout == .plain ? first * aStride : first), aLayout, stride: aStride,
        b, bLayout, stride: bStride, m: count, n: n, k: k, alpha: alpha, beta: beta)
    } else {
      matrixProduct(
        c + first, stride: cStride, a, aLayout, stride: aStride,
        b + (bLayout == .plain ? first : first * bStride), bLayout, stride: bStride,
        m: m, n: count, k: k, alpha: alpha, beta: beta)
    }
  }
}

private func pieces(_ count: Int, _ width: Int) -> Int { (count + width - 1) / width }
