/// Square matrices that are multiplied to measure what the library and the CPU can do.
package struct SquareProducts {
  private let size: Int
  private let threads: Int
  private let library: OpenBLAS
  /// For each thread A, B and C, one after another.
  private let matrices: Buffer

  /// Matrices of `[size, size]` for each of the compute threads.
  ///
  /// - Throws: `OpenBLASError` when there is no library.
  package init(size: Int) throws(OpenBLASError) {
    self.size = size
    threads = ComputeThreads.count
    library = try OpenBLAS.shared()
    matrices = Buffer(count: 3 * size * size * threads)
    // Neither zero nor small: products of usual numbers.
    for index in 0..<3 * size * size * threads {
      matrices.pointer[index] = Float(index % 7) - 3.5
    }
  }

  /// One product, split by the library over threads of its own.
  ///
  /// - Returns: The number of products.
  package func multiplySplit() -> Int {
    library.withLibraryThreads(threads) { multiply(0) }
    return 1
  }

  /// One product on each thread at the same time.
  ///
  /// - Returns: The number of products.
  package func multiplySideBySide() -> Int {
    inParallel(threads, grain: 1) { range in
      for thread in range { multiply(thread) }
    }
    return threads
  }

  /// One product as all operations make it.
  ///
  /// - Returns: The number of products.
  package func multiplyByEngine() -> Int {
    let count = size * size
    let a = matrices.pointer
    parallelMatrixProduct(
      a + 2 * count, stride: size, a, .plain, stride: size, a + count, .plain, stride: size,
      m: size, n: size, k: size)
    return 1
  }

  /// C ← A · B by the library, whatever else multiplies matrices here.
  private func multiply(_ thread: Int) {
    let (count, line) = (size * size, Int32(size))
    let a = matrices.pointer + 3 * count * thread
    library.sgemm(
      101, Layout.plain.rawValue, Layout.plain.rawValue, line, line, line, 1,
      a, line, a + count, line, 0, a + 2 * count, line)
  }
}
