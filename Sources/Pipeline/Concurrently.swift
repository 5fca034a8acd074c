/// The results of `work` on every item, in the order of the items, with at most `width` of them at
/// work at a time.
///
/// - Throws: The first error. Nothing more is begun then. What is at work is cancelled, except where
///   nothing more may be sent (`RunError.stopsSending`): what has been sent is paid for, so it ends
///   by itself.
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
    } catch let error as RunError where error.stopsSending {
      while await group.nextResult() != nil {}
      throw error
    }
    return values.compactMap(\.self)
  }
}
