/// A number for every ordered pair of targets; nil where it is not defined.
package struct PairTable: Sendable {
  private let count: Int
  private var values: [Double?]

  init(_ count: Int) {
    self.count = count
    values = Array(repeating: nil, count: count * count)
  }

  package subscript(a: Int, b: Int) -> Double? {
    get { values[a * count + b] }
    set { values[a * count + b] = newValue }
  }

  /// Mean of each entry over the tables that have it.
  static func mean(of tables: [PairTable], count: Int) -> PairTable {
    var result = PairTable(count)
    for index in result.values.indices {
      let moments = RunningMoments(tables.lazy.compactMap { $0.values[index] })
      if moments.count > 0 { result.values[index] = moments.mean }
    }
    return result
  }
}

/// What is known of every pair of targets: of one group of prompts, or the mean over several.
package struct AgreementTables: Sendable {
  /// τ between the first target's means over one half of the examples and the second's over the other.
  package var tau: PairTable
  /// Split-half τ of the first, on the prompts on which it is compared with the second.
  package var splitHalf: PairTable
  /// τ between their means over all examples.
  package var onAllExamples: PairTable
  /// Loss of the second with the best prompt of the first.
  package var loss: PairTable
  /// Share of the pairs of prompts that they clearly put in opposite order; of no resample.
  package var opposite: PairTable

  init(_ count: Int) {
    let empty = PairTable(count)
    (tau, splitHalf, onAllExamples, loss, opposite) = (empty, empty, empty, empty, empty)
  }

  /// Mean of each entry over the tables that have it.
  static func mean(of tables: [AgreementTables], count: Int) -> AgreementTables {
    var result = AgreementTables(count)
    for table in [\AgreementTables.tau, \.splitHalf, \.onAllExamples, \.loss, \.opposite] {
      result[keyPath: table] = PairTable.mean(of: tables.map { $0[keyPath: table] }, count: count)
    }
    return result
  }
}
