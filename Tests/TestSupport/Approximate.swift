import Tensors
import Testing

/// Compares element by element: |found − expected| ≤ tolerance · max(1, |expected|).
///
/// The default is a few roundings of Float32 (6e-8 relative) in sums of some hundred terms.
public func expectClose(
  _ found: [Float], to expected: [Double], within tolerance: Double = 2e-6,
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, comment, sourceLocation: sourceLocation)
  let distances = zip(found, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }
  // A NaN is not at most the tolerance, so it fails as it should.
  let wrong = distances.indices.filter { !(distances[$0] <= tolerance) }
  guard let first = wrong.first else { return }
  Issue.record(
    """
    \(comment?.rawValue ?? "") \(wrong.count) of \(found.count) elements are off, the first at \
    \(first): \(found[first]) instead of \(expected[first])
    """, sourceLocation: sourceLocation)
}

/// The same for results of the code under test on both sides.
public func expectClose(
  _ found: [Float], to expected: [Float], within tolerance: Double = 2e-6,
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    found, to: expected.map(Double.init), within: tolerance, comment,
    sourceLocation: sourceLocation)
}

/// Compares bit by bit where our own matrix product runs, whose sums depend on a row alone; the
/// library's may depend on the other rows, so that there a few roundings are allowed.
///
/// - Parameter rounding: The tolerance of `expectClose` for results of the library.
public func expectSame(
  _ found: [Float], _ expected: [Float], rounding: Double = 1e-5, _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard case .panels = MatrixKernels.current else {
    expectClose(found, to: expected, within: rounding, comment, sourceLocation: sourceLocation)
    return
  }
  #expect(found.count == expected.count, comment, sourceLocation: sourceLocation)
  let pairs = zip(found, expected)
  guard let first = pairs.enumerated().first(where: { $1.0.bitPattern != $1.1.bitPattern })
  else { return }
  let count = pairs.count { $0.0.bitPattern != $0.1.bitPattern }
  Issue.record(
    """
    \(comment?.rawValue ?? "") \(count) of \(found.count) elements differ, the first at \
    \(first.offset): \(first.element.0) instead of \(first.element.1)
    """, sourceLocation: sourceLocation)
}
