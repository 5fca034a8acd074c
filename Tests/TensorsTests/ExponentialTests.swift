import Foundation
import Tensors
import Testing

/// The exponential behind softmax, SwiGLU and attention.
@Suite struct ExponentialTests {
  private func exponentials(of values: [Float]) -> [Float] {
    values.withUnsafeBufferPointer {
      unnormalizedSoftmax($0, temperature: 1, largest: 0)
    }
  }

  @Test func relativeErrorIsThatOfFloat32() {
    let values = (-86_900...88_000).map { Float($0) / 1000 }
    for (value, found) in zip(values, exponentials(of: values)) {
      let expected = exp(Double(value))
      #expect(abs(Double(found) / expected - 1) < 3e-7, "at \(value)")
    }
  }

  @Test func argumentsOutsideMoveToTheEnds() {
    let found = exponentials(of: [-.infinity, -1e30, -88, 89, 1e30, .infinity, 0])
    #expect(found[0] == found[1] && found[1] == found[2] && found[0] > 0 && found[0] < 2e-38)
    #expect(found[3] == found[4] && found[4] == found[5] && found[5].isFinite)
    #expect(found[6] == 1)
  }

  @Test func theTailOfARowAgreesWithItsBody() {
    let expected: Double = exp(-1.2345)
    for count in [1, 15, 16, 17, 33] {
      let found = exponentials(of: [Float](repeating: -1.2345, count: count))
      #expect(found.count == count)
      for value in found { #expect(abs(Double(value) - expected) < 1e-7) }
    }
    #expect(exponentials(of: []).isEmpty)
  }

  @Test func temperatureDividesTheDistanceToTheLargest() {
    let logits: [Float] = [1, 3, 2]
    let found = logits.withUnsafeBufferPointer {
      unnormalizedSoftmax($0, temperature: 0.5, largest: 3)
    }
    for (value, expected) in zip(found, [exp(-4.0), 1, exp(-2.0)] as [Double]) {
      #expect(abs(Double(value) - expected) < 1e-6)
    }
  }
}
