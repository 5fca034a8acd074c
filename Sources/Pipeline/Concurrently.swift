/// The results of `work` on every item, in the order of the items, with at most `width` of them at
/// work at a time.
///
/// - Throws: The first error; the others are cancelled.
func concurrently<Item: Sendable, Value: Sendable>(
  _ items: [Item], width: Int, _ work: @escaping @Sendable (Item) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: (Int, Value).self) { group in
    var values = [Value?](repeating: nil, count: items.count)
    for (index, item) in items.enumerated() {
      if index >= width, let (done, value) = try await group.next() { values[done] = value }
      group.addTask { (index, try await work(item)) }
    }
    while let (done, value) = try await group.next() { values[done] = value }
    return values.compactMap(\.self)
  }
}
