/// Choices that are the same with every version of the standard library, so that what is made
/// from a seed today can be made again.
extension RandomNumberGenerator {
  /// A number in 0..<count (the bias of the remainder is below count / 2⁶⁴).
  /// - Precondition: `count` is positive.
  package mutating func index(below count: Int) -> Int { Int(next() % UInt64(count)) }

  /// A number in 0..<1.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// One of `elements`.
  /// - Precondition: `elements` is not empty.
  package mutating func element<T>(of elements: [T]) -> T { elements[index(below: elements.count)] }

  /// `elements` in random order (Fisher and Yates 1938).
  package mutating func shuffled<T>(_ elements: [T]) -> [T] {
    var elements = elements
    for end in stride(from: elements.count, to: 1, by: -1) {
      elements.swapAt(end - 1, index(below: end))
    }
    return elements
  }

  /// `count` different ones of `elements`, in random order.
  /// - Precondition: There are as many.
  package mutating func sample<T>(_ count: Int, of elements: [T]) -> [T] {
    Array(shuffled(elements).prefix(count))
  }
}
