import Foundation

/// Cosines and sines of the rotary position embedding.
///
///     angle(t, i) = t · θ^(−2i/D),  i in 0..<D/2
///
/// Source: Su et al. 2021, arXiv:2104.09864.
public final class RotaryTable {
  /// D, the width of one head.
  public let headWidth: Int
  /// Positions `0..<length` have an entry.
  public let length: Int
  let cosines: [Float]
  let sines: [Float]

  /// - Parameters:
  ///   - headWidth: D, even.
  ///   - base: θ.
  ///   - length: How many positions.
  public init(headWidth: Int, base: Double, length: Int) {
    precondition(headWidth % 2 == 0, "rotary: head width \(headWidth) is odd")
    self.headWidth = headWidth
    self.length = length
    let half = headWidth / 2
    var (cosines, sines) = ([Float](), [Float]())
    cosines.reserveCapacity(length * half)
    sines.reserveCapacity(length * half)
    for position in 0..<length {
      for index in 0..<half {
        let angle = Double(position) * pow(base, -2 * Double(index) / Double(headWidth))
        cosines.append(Float(cos(angle)))
        sines.append(Float(sin(angle)))
      }
    }
    self.cosines = cosines
    self.sines = sines
  }
}

extension Tensor {
  /// A linear map of each row whose first `heads` heads are then rotated by the row's position.
  ///
  ///     y = R(x Wᵀ + r)
  ///
  /// Halves are paired as in the LLaMA family's published checkpoints: element i with i + D/2.
  /// In a fused projection the queries and keys come first and are rotated, the values follow and
  /// stay. Map and rotation are one operation because neither needs the other's result again: the
  /// rotation works in place, forward and backward.
  ///
  /// - Parameters:
  ///   - weight: `[at least heads · D, inputs]`.
  ///   - positions: Position of each row, in `0..<table.length`.
  ///   - heads: How many heads of `table.headWidth` to rotate.
  ///   - residual: r, `[N, outputs]`, rotated with the rest.
  /// - Returns: `[N, outputs]`.
  /// - Precondition: `self` is `[N, inputs]`.
  public func rotatedLinear(
    _ weight: Tensor, _ table: RotaryTable, positions: [Int], heads: Int,
    addedTo residual: Tensor? = nil
  ) -> Tensor {
    let width = weight.shape[0]
    precondition(
      shape[0] == positions.count && heads * table.headWidth <= width,
      "rotary: \(shape) by \(weight.shape), \(positions.count) positions and \(heads) heads")
    for position in positions {
      precondition(
        0 <= position && position < table.length,
        "rotary: position \(position) is not in 0..<\(table.length)")
    }
    let buffer = product(weight, scale: 1, addedTo: residual)
    let residualSink = residual?.gradientSink
    rotate(buffer.pointer, table, positions, heads: heads, width: width, sign: 1)
    return .result(
      shape: [positions.count, width], buffer: buffer,
      inputs: [self, weight] + (residual.map { [$0] } ?? [])
    ) { [self] upstream in
      // A rotation's gradient is the rotation back.
      let gradient = upstream.accumulator()
      rotate(gradient, table, positions, heads: heads, width: width, sign: -1)
      addProductGradients(weight, scale: 1, upstream: gradient)
      residualSink?.add(upstream)
    }
  }
}

private func rotate(
  _ x: UnsafeMutablePointer<Float>, _ table: RotaryTable, _ positions: [Int],
  heads: Int, width: Int, sign: Float
) {
  let half = table.headWidth / 2
  table.cosines.withUnsafeBufferPointer { cosines in
    table.sines.withUnsafeBufferPointer { sines in
      guard let cosineBase = cosines.baseAddress, let sineBase = sines.baseAddress else { return }
      inParallel(positions.count, grain: Tensor.rowGrain(width)) { range in
        for row in range {
          let (cosine, sine) = (
            cosineBase + positions[row] * half, sineBase + positions[row] * half
          )
          for head in 0..<heads {
            let first = x + row * width + head * 2 * half
            let second = first + half
            for index in 0..<half {
              let (a, b, s) = (first[index], second[index], sign * sine[index])
              first[index] = a * cosine[index] - b * s
              second[index] = b * cosine[index] + a * s
            }
          }
        }
      }
    }
  }
}
