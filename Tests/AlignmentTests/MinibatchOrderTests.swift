import Alignment
import Foundation
import Tensors
import Testing

@Suite struct MinibatchOrderTests {
  @Test func everyItemOnceInAnEpochAndInANewOrder() {
    var order = MinibatchOrder(count: 12, random: SplitMix64(seed: 1))
    let epochs = (0..<3).map { _ in (0..<4).flatMap { _ in order.next(3) } }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<12)) }
    #expect(Set(epochs).count == 3)
  }

  @Test func aBatchMayRunOverTheEndOfAnEpoch() {
    var order = MinibatchOrder(count: 5, random: SplitMix64(seed: 2))
    let items = (0..<5).flatMap { _ in order.next(4) }
    for epoch in 0..<4 { #expect(items[epoch * 5..<epoch * 5 + 5].sorted() == Array(0..<5)) }
  }

  @Test func aSavedOrderContinuesWhereItWas() throws {
    var order = MinibatchOrder(count: 7, random: SplitMix64(seed: 0))
    _ = order.next(10)
    let data = try JSONEncoder().encode(order)
    var restored = try JSONDecoder().decode(MinibatchOrder.self, from: data)
    #expect(restored == order)
    for size in [1, 6, 30] { #expect(restored.next(size) == order.next(size)) }
  }

  @Test func seedsDecide() {
    func items(_ seed: UInt64) -> [Int] {
      var order = MinibatchOrder(count: 20, random: SplitMix64(seed: seed))
      return order.next(20)
    }
    #expect(items(0) == items(0))
    #expect(items(0) != items(1))
  }

  @Test func nothingToOrderIsRefused() async {
    await #expect(processExitsWith: .failure) {
      _ = MinibatchOrder(count: 0, random: SplitMix64(seed: 0))
    }
  }
}
