// Copies of matrices in the order in which the inner loop of `PanelProduct` reads them.

extension PanelProduct {
  /// Copies a block of op(B) into panels: for each 32 columns, one row of 32 numbers for each term,
  /// zeros where the columns end.
  static func packPanels(
    _ target: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ layout: Layout, stride: Int,
    terms: Range<Int>, columns: Range<Int>
  ) {
    var panel = target
    for first in Swift.stride(from: columns.lowerBound, to: columns.upperBound, by: width) {
      let count = min(width, columns.upperBound - first)
      switch layout {
      case .plain:
        packPlain(panel, b + terms.lowerBound * stride + first, stride, terms.count, count)
      case .transposed:
        packTransposed(panel, b + first * stride + terms.lowerBound, stride, terms.count, count)
      }
      panel += terms.count * width
    }
  }

  private static func packPlain(
    _ panel: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ stride: Int, _ depth: Int,
    _ count: Int
  ) {
    for term in 0..<depth {
      let (source, line) = (b + term * stride, panel + term * width)
      if count == width {
        line.store(source.vector(0), 0)
        line.store(source.vector(16), 16)
      } else {
        for column in 0..<width { line[column] = column < count ? source[column] : 0 }
      }
    }
  }

  private static func packTransposed(
    _ panel: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ stride: Int, _ depth: Int,
    _ count: Int
  ) {
    let whole = depth / 16 * 16
    for half in Swift.stride(from: 0, to: width, by: 16) {
      let (source, target) = (b + half * stride, panel + half)
      if half + 16 <= count {
        for term in Swift.stride(from: 0, to: whole, by: 16) {
          transpose(source + term, stride, into: target + term * width)
        }
        packColumns(target, source, stride, terms: whole..<depth, count: 16)
      } else {
        packColumns(target, source, stride, terms: 0..<depth, count: max(0, count - half))
      }
    }
  }

  /// One by one, for what does not fill a block of sixteen by sixteen.
  private static func packColumns(
    _ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, _ stride: Int,
    terms: Range<Int>, count: Int
  ) {
    for column in 0..<16 {
      for term in terms {
        target[term * width + column] = column < count ? source[column * stride + term] : 0
      }
    }
  }

  /// Sixteen rows of sixteen numbers, transposed by four rounds of interleaving row i with row i + 8.
  private static func transpose(
    _ source: UnsafePointer<Float>, _ stride: Int, into target: UnsafeMutablePointer<Float>
  ) {
    var rows = InlineArray<16, Vector> { source.vector($0 * stride) }
    for _ in 0..<4 {
      let old = rows
      for pair in 0..<8 {
        let (upper, lower) = (old[unchecked: pair], old[unchecked: pair + 8])
        rows[unchecked: 2 * pair] = interleave(upper.lowHalf, lower.lowHalf)
        rows[unchecked: 2 * pair + 1] = interleave(upper.highHalf, lower.highHalf)
      }
    }
    for row in 0..<16 { target.store(rows[unchecked: row], row * width) }
  }

  @inline(__always)
  private static func interleave(_ even: SIMD8<Float>, _ odd: SIMD8<Float>) -> Vector {
    var result = Vector.zero
    result.evenHalf = even
    result.oddHalf = odd
    return result
  }

  /// Copies rows of a transposed A into tiles: eight numbers for each term.
  static func packTransposedRows(
    _ target: UnsafeMutablePointer<Float>, _ a: Rows, _ rows: Range<Int>, _ terms: Range<Int>
  ) {
    for (index, term) in terms.enumerated() {
      let source = a.pointer + term * a.stride + rows.lowerBound
      var tile = target + index * tileRows
      var row = 0
      while row + tileRows <= rows.count {
        UnsafeMutableRawPointer(tile).storeBytes(
          of: UnsafeRawPointer(source + row).loadUnaligned(as: SIMD8<Float>.self),
          as: SIMD8<Float>.self)
        row += tileRows
        tile += terms.count * tileRows
      }
      for rest in row..<rows.count { tile[rest - row] = source[rest] }
    }
  }
}
