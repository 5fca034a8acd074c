import Tensors

/// Leaves memory for tensors of `count` numbers in the pool that is not a number: who reads what it
/// did not write finds out.
public func leaveUsedMemory(count: Int) {
  let values = [Float](repeating: .nan, count: count)
  let tensors = (0..<4).map { _ in Tensor(values, shape: [count]) }
  withExtendedLifetime(tensors) {}
}
