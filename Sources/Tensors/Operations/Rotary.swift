import Foundation
import Synchronization

/// Cosines and sines of the rotary position embedding, computed as far as they are used.
///
///     angle(t, i) = t · fᵢ,  fᵢ = θ^(−2i/D),  i in 0..<D/2
///
/// Source: Su et al. 2021, arXiv:2104.09864.
public final class RotaryTable: Sendable {
  /// D, the width of one head.
  public let headWidth: Int
  /// Positions `0..<length` can be asked for.
  public let length: Int
  private let frequencies: [Double]
  private let computed = Mutex(RotaryAngles())

  /// - Parameters:
  ///   - headWidth: D, even.
  ///   - base: θ.
  ///   - length: How many positions.
  public convenience init(headWidth: Int, base: Double, length: Int) {
    precondition(headWidth % 2 == 0, "rotary: head width \(headWidth) is odd")
    self.init(
      frequencies: (0..<headWidth / 2).map { pow(base, -2 * Double($0) / Double(headWidth)) },
      length: length)
  }

  /// - Parameters:
  ///   - frequencies: f, in radians a position, `[D / 2]`.
  ///   - length: How many positions.
  public init(frequencies: [Double], length: Int) {
    headWidth = 2 * frequencies.count
    self.length = length
    self.frequencies = frequencies
  }

  /// The angles of all given positions, and perhaps of more.
  ///
  /// - Precondition: Positions are in `0..<length`.
  func angles(of positions: [Int]) -> RotaryAngles {
    let last = positions.max() ?? 0
    let first = positions.min() ?? 0
    precondition(
      first >= 0 && last < max(1, length),
      "rotary: position \(first < 0 ? first : last) is not in 0..<\(length)")
    return computed.withLock { angles in
      if angles.count <= last {
        angles.extend(to: min(length, max(last + 1, 2 * angles.count, 256)), frequencies)
      }
      return angles
    }
  }
}

/// The cosines and sines of the first positions, row-major `[positions, D / 2]`.
struct RotaryAngles {
  /// How many positions.
  private(set) var count = 0
  private(set) var cosines: [Float] = []
  private(set) var sines: [Float] = []

  mutating func extend(to newCount: Int, _ frequencies: [Double]) {
    cosines.reserveCapacity(newCount * frequencies.count)
    sines.reserveCapacity(newCount * frequencies.count)
    for position in count..<newCount {
      for frequency in frequencies {
        let angle = Double(position) * frequency
        cosines.append(Float(cos(angle)))
        sines.append(Float(sin(angle)))
      }
    }
    count = newCount
  }
}

extension Tensor {
  /// A linear map of each row whose first `heads` heads are then rotated by the row's position.
  ///
  ///     y = R(x Wᵀ + b + r)
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
  ///   - bias: b, `[outputs]`, rotated with the rest.
  ///   - residual: r, `[N, outputs]`, rotated with the rest.
  /// - Returns: `[N, outputs]`.
  /// - Precondition: `self` is `[N, inputs]`.
  public func rotatedLinear(
    _ weight: Tensor, _ table: RotaryTable, positions: [Int], heads: Int,
    bias: Tensor? = nil, addedTo residual: Tensor? = nil
  ) -> Tensor {
    let width = weight.shape[0]
    precondition(
      shape[0] == positions.count && heads * table.headWidth <= width,
      "rotary: \(shape) by \(weight.shape), \(positions.count) positions and \(heads) heads")
    let buffer = product(weight, bias: bias, scale: 1, addedTo: residual)
    let residualSink = residual?.gradientSink
    let angles = table.angles(of: positions)
    rotate(buffer.pointer, angles, positions, heads: heads, width: width, sign: 1)
    return .result(
      shape: [positions.count, width], buffer: buffer,
      inputs: [self, weight] + [bias, residual].compactMap(\.self)
    ) { [self] upstream in
      // A rotation's gradient is the rotation back.
      let gradient = upstream.accumulator()
      rotate(gradient, angles, positions, heads: heads, width: width, sign: -1)
      addProductGradients(weight, bias: bias, scale: 1, upstream: gradient)
      residualSink?.add(upstream)
    }
  }
}

/// Rotates the first heads of each row in place, by the angles of its position or back.
///
/// - Parameters:
///   - heads: How many heads are rotated.
///   - width: Numbers of a row, of which the heads are the first.
///   - sign: 1, or −1 for back.
func rotate(
  _ x: UnsafeMutablePointer<Float>, _ angles: RotaryAngles, _ positions: [Int],
  heads: Int, width: Int, sign: Float
) {
  guard angles.count > 0 else { return }
  let half = angles.cosines.count / angles.count
  angles.cosines.withUnsafeBufferPointer { cosines in
    angles.sines.withUnsafeBufferPointer { sines in
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
