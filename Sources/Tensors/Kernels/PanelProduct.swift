import CPlatform

/// The matrix product for CPUs with 32 vector registers of sixteen numbers (AVX-512).
///
/// B is copied into panels of 32 columns, row after row; then tiles of eight rows by 32 columns of C
/// stay in registers while one row of a panel after another is added to them. Sums run over k in an
/// order that depends on k alone: a row of C is the same, bit for bit, whatever the other rows are
/// and however the work is split.
///
/// Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
enum PanelProduct {
  /// Columns of a panel: two vectors.
  static let width = 32
  /// Rows of a tile: with 16 accumulators, two loads and one broadcast keep both multipliers busy.
  static let tileRows = 8
  /// Terms of a sum between two visits to C: a panel of this depth stays in the first-level cache.
  private static let depth = 256
  /// Rows of A that stay in the second-level cache while the panels pass.
  private static let rowBlock = 192
  /// Columns of B that are packed at once.
  private static let columnBlock = 512

  /// C ← α · op(A) · op(B) + β · C.
  static func multiply(
    _ c: UnsafeMutablePointer<Float>, stride cStride: Int,
    _ a: UnsafePointer<Float>, _ aLayout: Layout, stride aStride: Int,
    _ b: UnsafePointer<Float>, _ bLayout: Layout, stride bStride: Int,
    m: Int, n: Int, k: Int, alpha: Float, beta: Float
  ) {
    let rows = Rows(pointer: a, layout: aLayout, stride: aStride)
    withScratch(count: panelCount(min(n, columnBlock)) * width * min(k, depth)) { panels in
      for firstColumn in stride(from: 0, to: n, by: columnBlock) {
        let columns = firstColumn..<min(n, firstColumn + columnBlock)
        forEachDepthBlock(k) { terms in
          packPanels(panels, b, bLayout, stride: bStride, terms: terms, columns: columns)
          accumulate(
            c + firstColumn, stride: cStride, rows, terms: terms, panels,
            rowCount: m, columnCount: columns.count, alpha: alpha,
            beta: terms.lowerBound == 0 ? beta : 1)
        }
      }
    }
  }

  /// All panels of op(B) = Wᵀ, for many products with the same W: block after block of terms, each
  /// with the panels of all columns.
  static func pack(_ weights: UnsafePointer<Float>, columns: Int, terms: Int) -> Buffer {
    let panels = panelCount(columns)
    let buffer = Buffer(count: panels * width * terms)
    forEachDepthBlock(terms) { block in
      let target = buffer.pointer + block.lowerBound * panels * width
      inParallel(panels, grain: max(1, (1 << 14) / (width * block.count))) { range in
        packPanels(
          target + range.lowerBound * width * block.count, weights, .transposed, stride: terms,
          terms: block,
          columns: range.lowerBound * width..<min(columns, range.upperBound * width))
      }
    }
    return buffer
  }

  /// C ← α · A · Wᵀ + β · C with what `pack` gave, its columns shared among the compute threads.
  static func multiply(
    _ c: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, packed: UnsafePointer<Float>,
    m: Int, n: Int, k: Int, alpha: Float, beta: Float
  ) {
    guard k > 0 else { return scaleMatrix(c, stride: n, by: beta, m: m, n: n) }
    let rows = Rows(pointer: a, layout: .plain, stride: k)
    let panels = panelCount(n)
    inParallel(panels, grain: max(1, smallestPiece / max(1, m * k * width))) { range in
      let first = range.lowerBound * width
      forEachDepthBlock(k) { terms in
        accumulate(
          c + first, stride: n, rows, terms: terms,
          packed + terms.lowerBound * panels * width + first * terms.count,
          rowCount: m, columnCount: min(n, range.upperBound * width) - first, alpha: alpha,
          beta: terms.lowerBound == 0 ? beta : 1)
      }
    }
  }

  /// Panels that hold `columns` columns.
  static func panelCount(_ columns: Int) -> Int { (columns + width - 1) / width }

  /// Calls `body` with the terms of each partial sum, in order and of nearly equal number.
  static func forEachDepthBlock(_ count: Int, _ body: (Range<Int>) -> Void) {
    let blocks = (count + depth - 1) / depth
    for block in 0..<blocks { body(count * block / blocks..<count * (block + 1) / blocks) }
  }

  /// A, and how it lies in memory.
  struct Rows {
    let pointer: UnsafePointer<Float>
    let layout: Layout
    let stride: Int

    var rowStride: Int { layout == .plain ? stride : 1 }
    var termStride: Int { layout == .plain ? 1 : stride }
  }

  /// Adds the products of some terms to columns of C whose panels are packed.
  static func accumulate(
    _ c: UnsafeMutablePointer<Float>, stride cStride: Int, _ rows: Rows, terms: Range<Int>,
    _ panels: UnsafePointer<Float>, rowCount: Int, columnCount: Int, alpha: Float, beta: Float
  ) {
    // Terms that lie far apart are copied: each is on a page of its own.
    let isCopied = rows.layout == .transposed && rows.stride > 4096
    for firstRow in stride(from: 0, to: rowCount, by: rowBlock) {
      let block = firstRow..<min(rowCount, firstRow + rowBlock)
      let add = { (rows: TileRows) in
        addTiles(
          c, stride: cStride, rows, block: block, of: rowCount, depth: terms.count, panels,
          columnCount: columnCount, alpha: alpha, beta: beta)
      }
      if isCopied {
        withScratch(count: rowBlock * terms.count) { packed in
          packTransposedRows(packed, rows, block, terms)
          add(
            TileRows(
              first: packed, tileStride: tileRows * terms.count, rowStride: 1, termStride: tileRows)
          )
        }
      } else {
        let first =
          rows.pointer + firstRow * rows.rowStride + terms.lowerBound * rows.termStride
        add(
          TileRows(
            first: first, tileStride: tileRows * rows.rowStride, rowStride: rows.rowStride,
            termStride: rows.termStride))
      }
    }
  }

  /// Where the tiles of a block of rows of A lie, and their elements.
  private struct TileRows {
    let first: UnsafePointer<Float>
    let tileStride: Int
    let rowStride: Int
    let termStride: Int
  }

  private static func addTiles(
    _ c: UnsafeMutablePointer<Float>, stride cStride: Int, _ rows: TileRows, block: Range<Int>,
    of rowCount: Int, depth: Int, _ panels: UnsafePointer<Float>, columnCount: Int, alpha: Float,
    beta: Float
  ) {
    // With few rows a panel is used up before the next one could arrive from memory: each of its
    // tiles asks for a part of it.
    let isShort = tileRows < rowCount && rowCount <= 16 * tileRows
    for panel in 0..<panelCount(columnCount) {
      let column = panel * width
      for row in stride(from: block.lowerBound, to: block.upperBound, by: tileRows) {
        let job = TileJob(
          c: c + row * cStride + column, cStride: cStride,
          a: rows.first + (row - block.lowerBound) / tileRows * rows.tileStride,
          rowStride: rows.rowStride, termStride: rows.termStride,
          panel: panels + column * depth,
          soon: isShort
            ? panels + (column + width) * depth + width * depth * row / rowCount : nil,
          soonStride: max(1, width * tileRows / rowCount), depth: depth,
          columnCount: min(width, columnCount - column), alpha: alpha, beta: beta)
        run(job, rowCount: min(tileRows, block.upperBound - row))
      }
    }
  }

  private static func run(_ job: TileJob, rowCount: Int) {
    switch rowCount {
    case 8: Tile<8>.run(job)
    case 7: Tile<7>.run(job)
    case 6: Tile<6>.run(job)
    case 5: Tile<5>.run(job)
    case 4: Tile<4>.run(job)
    case 3: Tile<3>.run(job)
    case 2: Tile<2>.run(job)
    default: Tile<1>.run(job)
    }
  }
}

/// One tile of C and what is added to it.
private struct TileJob {
  let c: UnsafeMutablePointer<Float>
  let cStride: Int
  /// Element (row, term) of A at `row · rowStride + term · termStride`.
  let a: UnsafePointer<Float>
  let rowStride: Int
  let termStride: Int
  let panel: UnsafePointer<Float>
  /// A part of the next panel, to be asked for at so many numbers a term.
  let soon: UnsafePointer<Float>?
  let soonStride: Int
  let depth: Int
  let columnCount: Int
  let alpha: Float
  let beta: Float
}

/// The inner loop for a number of rows that the compiler knows, so that all sums stay in registers.
private enum Tile<let rowCount: Int> {
  static func run(_ job: TileJob) {
    if let soon = job.soon { fetchAndRun(job, soon) } else { plainRun(job) }
  }

  @inline(never)
  private static func fetchAndRun(_ job: TileJob, _ soon: UnsafePointer<Float>) {
    run(job, isFetching: true, soon)
  }

  @inline(never)
  private static func plainRun(_ job: TileJob) { run(job, isFetching: false, job.panel) }

  @inline(__always)
  private static func run(_ job: TileJob, isFetching: Bool, _ soon: UnsafePointer<Float>) {
    var low = InlineArray<rowCount, Vector>(repeating: .zero)
    var high = InlineArray<rowCount, Vector>(repeating: .zero)
    var (a, panel, soon) = (job.a, job.panel, soon)
    let (rowStride, termStride) = (job.rowStride, job.termStride)
    for _ in 0..<job.depth {
      let (left, right) = (panel.vector(0), panel.vector(16))
      if isFetching {
        prefetch_line(soon)
        soon += job.soonStride
      }
      for row in 0..<rowCount {
        let factor = Vector(repeating: a[row &* rowStride])
        low[unchecked: row] = low[unchecked: row].addingProduct(factor, left)
        high[unchecked: row] = high[unchecked: row].addingProduct(factor, right)
      }
      a += termStride
      panel += PanelProduct.width
    }
    for row in 0..<rowCount {
      let line = job.c + row &* job.cStride
      if job.columnCount == PanelProduct.width {
        add(low[unchecked: row], to: line, job)
        add(high[unchecked: row], to: line + 16, job)
      } else {
        for column in 0..<job.columnCount {
          let sum = column < 16 ? low[unchecked: row][column] : high[unchecked: row][column - 16]
          line[column] = (job.beta == 0 ? 0 : job.beta * line[column]) + job.alpha * sum
        }
      }
    }
  }

  /// With β = 0 the old content does not count, even where it is not a number.
  @inline(__always)
  private static func add(_ sum: Vector, to c: UnsafeMutablePointer<Float>, _ job: TileJob) {
    let scaled = Vector(repeating: job.alpha) * sum
    c.store(
      job.beta == 0 ? scaled : Vector(repeating: job.beta) * c.vector(0) + scaled, 0)
  }
}
