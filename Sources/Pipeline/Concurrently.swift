/// The results of `work` on every item, in the order of the items, with at most `width` of them at
/// work at a time.
///
/// - Throws: The first error. Nothing more is begun then; what is at work is cancelled, except where
///   a budget is met: what has been sent is paid for, so it ends by itself.
func concurrently<Item: Sendable, Value: Sendable>(
  _ items: [Item], width: Int, _ work: @escaping @Sendable (Item) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: (Int, Value).self) { group in
    var values = [Value?](repeating: nil, count: items.count)
    do {
      for (index, item) in items.enumerated() {
        if index >= width, let (done, value) = try await group.next() { values[done] = value }
        group.addTask { (index, try await work(item)) }
      }
      while let (done, value) = try await group.next() { values[done] = value }
    } catch RunError.budgetMet(let reason) {
      while await group.nextResult() != nil {}
      throw RunError.budgetMet(reason: reason)
    }
    return values.compactMap(\.self)
  }
}
