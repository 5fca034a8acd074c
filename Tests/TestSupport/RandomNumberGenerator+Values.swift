extension RandomNumberGenerator {
  /// Numbers in −scale..<scale that golden scripts draw as well: 24 bits of each word, so that both
  /// sides hold the same Float32 exactly.
  ///
  /// - Parameter scale: A power of two, or the product is rounded.
  public mutating func symmetric(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in (Float(next() >> 40) / Float(1 << 23) - 1) * scale }
  }
}
