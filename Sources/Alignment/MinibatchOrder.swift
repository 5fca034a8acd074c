import Tensors

/// Endless minibatches over a fixed number of items: every item once in each epoch, in an order
/// drawn anew. A copy continues with the same items.
public struct MinibatchOrder: Sendable, Codable, Equatable {
  private let count: Int
  private var random: SplitMix64
  private var order: [Int] = []
  private var cursor = 0

  /// - Precondition: `count` is above 0.
  public init(count: Int, random: SplitMix64) {
    precondition(count > 0, "minibatches of no items")
    self.count = count
    self.random = random
  }

  /// The next `size` items; a batch may run over the end of an epoch.
  public mutating func next(_ size: Int) -> [Int] {
    (0..<size).map { _ in
      if cursor == order.count {
        order = Array(0..<count).shuffled(using: &random)
        cursor = 0
      }
      defer { cursor += 1 }
      return order[cursor]
    }
  }
}
