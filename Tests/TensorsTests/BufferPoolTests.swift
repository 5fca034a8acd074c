import Tensors
import Testing

@Suite struct BufferPoolTests {
  @Test func sizeClassesHoldTheCountAndWasteAQuarterAtMost() {
    var last = 0
    for count in Array(0...5000) + [1 << 20, (1 << 20) + 1, 123_456_789] {
      let size = BufferPool.sizeClass(count)
      #expect(size >= count && size >= last && size % 16 == 0)
      if count > 64 { #expect(Double(size) <= 1.25 * Double(count) + 16) }
      #expect(BufferPool.sizeClass(size) == size, "a class is its own")
      last = size
    }
  }

  @Test func sharedMemoryKeepsContentsApart() {
    var tensors: [Tensor] = []
    for round in 0..<50 {
      tensors.append(Tensor([Float](repeating: Float(round), count: 100), shape: [100]))
      if round % 3 == 0 { tensors.removeFirst() }
    }
    BufferPool.trim()
    tensors.append(Tensor([Float](repeating: -1, count: 100), shape: [100]))
    #expect(Set(tensors.flatMap(\.values)).count == tensors.count)
  }

  @Test func whatWasFreedIsNotTakenFromTheSystemAgain() async {
    // In a process of its own: other tests take memory too.
    await #expect(processExitsWith: .success) {
      let values = [Float](repeating: 1, count: 1000)
      let before = BufferPool.missCount
      for _ in 0..<5 { _ = Tensor(values, shape: [1000]) }
      precondition(BufferPool.missCount == before + 1)
      BufferPool.trim()
      _ = Tensor(values, shape: [1000])
      precondition(BufferPool.missCount == before + 2)
    }
  }
}
