/// Whether a matrix is read as it lies in memory or transposed.
enum Layout: Int32 {
  case plain = 111
  case transposed = 112
}

/// C ← α · op(A) · op(B) + β · C for row-major matrices, on this thread alone.
///
/// `op(A)` is `[m, k]`, `op(B)` is `[k, n]`, `c` is `[m, n]`. Strides count elements between rows
/// as they lie in memory. This is the only place that knows the library behind it.
func matrixProduct(
  _ c: UnsafeMutablePointer<Float>, stride cStride: Int,
  _ a: UnsafePointer<Float>, _ aLayout: Layout, stride aStride: Int,
  _ b: UnsafePointer<Float>, _ bLayout: Layout, stride bStride: Int,
  m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
) {
  guard m > 0, n > 0 else { return }
  guard k > 0 else {
    // The library leaves C alone for an empty sum; the sum is zero. With β = 0 the old content does
    // not count, even where it is not a number.
    for row in 0..<m {
      for column in 0..<n {
        let index = row * cStride + column
        c[index] = beta == 0 ? 0 : beta * c[index]
      }
    }
    return
  }
  switch OpenBLAS.loaded {
  case .success(let library):
    library.sgemm(
      101, aLayout.rawValue, bLayout.rawValue, Int32(m), Int32(n), Int32(k), alpha,
      a, Int32(aStride), b, Int32(bStride), beta, c, Int32(cStride))
  case .failure(let error): preconditionFailure(error.description)
  }
}

/// The same product with its rows or columns shared among the compute threads.
///
/// Each thread runs its own product without a barrier inside. No sum is split, so the result does
/// not depend on how sums are ordered between threads.
func parallelMatrixProduct(
  _ c: UnsafeMutablePointer<Float>, stride cStride: Int,
  _ a: UnsafePointer<Float>, _ aLayout: Layout, stride aStride: Int,
  _ b: UnsafePointer<Float>, _ bLayout: Layout, stride bStride: Int,
  m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
) {
  // Multiplications; below this a second thread costs more than it gives.
  let smallestPiece = 1 << 18
  let byRows = m >= n
  let lines = byRows ? m : n
  let grain = max(16, smallestPiece / max(1, (byRows ? n : m) * k))
  inParallel(lines, grain: grain) { range in
    let first = range.lowerBound
    if byRows {
      matrixProduct(
        c + first * cStride, stride: cStride,
        a + (aLayout == .plain ? first * aStride : first), aLayout, stride: aStride,
        b, bLayout, stride: bStride, m: range.count, n: n, k: k, alpha: alpha, beta: beta)
    } else {
      matrixProduct(
        c + first, stride: cStride, a, aLayout, stride: aStride,
        b + (bLayout == .plain ? first : first * bStride), bLayout, stride: bStride,
        m: m, n: range.count, k: k, alpha: alpha, beta: beta)
    }
  }
}
