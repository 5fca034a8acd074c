// Building blocks of the kernels: sixteen numbers at a time, the rest one by one.
// Only operations that become vector instructions are used (see docs/performance.md).

import Foundation

typealias Vector = SIMD16<Float>

extension UnsafePointer<Float> {
  @inline(__always) func vector(_ index: Int) -> Vector {
    UnsafeRawPointer(self + index).loadUnaligned(as: Vector.self)
  }
}

extension UnsafeMutablePointer<Float> {
  @inline(__always) func vector(_ index: Int) -> Vector {
    UnsafeRawPointer(self + index).loadUnaligned(as: Vector.self)
  }

  @inline(__always) func store(_ value: Vector, _ index: Int) {
    UnsafeMutableRawPointer(self + index).storeBytes(of: value, as: Vector.self)
  }
}

/// eˣ for sixteen numbers, with a relative error of about 2e-7 for x in −87...88; arguments
/// outside are moved to the nearer end.
@inline(__always) func exponential(_ x: Vector) -> Vector {
  let low = Vector(repeating: -87)
  let high = Vector(repeating: 88)
  var value = x.replacing(with: low, where: x .< low)
  value = value.replacing(with: high, where: value .> high)
  // x = n·ln 2 + r: adding and taking away 1.5·2²³ rounds, and leaves n in the low bits.
  let magic = Vector(repeating: 12_582_912)
  let shifted = magic.addingProduct(value, Vector(repeating: 1.442_695_04))
  let n = shifted - magic
  var r = value.addingProduct(n, Vector(repeating: -0.693_359_375))
  r = r.addingProduct(n, Vector(repeating: 2.121_944_4e-4))
  var p = Vector(repeating: 1.0 / 5040)
  p = Vector(repeating: 1.0 / 720).addingProduct(p, r)
  p = Vector(repeating: 1.0 / 120).addingProduct(p, r)
  p = Vector(repeating: 1.0 / 24).addingProduct(p, r)
  p = Vector(repeating: 1.0 / 6).addingProduct(p, r)
  p = Vector(repeating: 0.5).addingProduct(p, r)
  p = Vector(repeating: 1).addingProduct(p, r)
  p = Vector(repeating: 1).addingProduct(p, r)
  let bits = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< 23
  let scale = unsafeBitCast(bits &+ SIMD16(repeating: 127 << 23), to: Vector.self)
  return p * scale
}

/// eˣ of one number by the same formula, so that a row's tail agrees with its body.
@inline(__always) func exponential(_ x: Float) -> Float { exponential(Vector(repeating: x))[0] }

/// ln x.
func logarithm(_ x: Float) -> Float { log(x) }

/// Σ aᵢ bᵢ.
@inline(__always) func dot(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int
) -> Float {
  var sums = Vector.zero
  var index = 0
  while index + 16 <= count {
    sums = sums.addingProduct(a.vector(index), b.vector(index))
    index += 16
  }
  var sum = sums.sum()
  while index < count {
    sum += a[index] * b[index]
    index += 1
  }
  return sum
}

/// Σ aᵢ bᵢ for one a and four b.
@inline(__always) func dots(
  _ a: UnsafePointer<Float>, _ b0: UnsafePointer<Float>, _ b1: UnsafePointer<Float>,
  _ b2: UnsafePointer<Float>, _ b3: UnsafePointer<Float>, count: Int
) -> SIMD4<Float> {
  var (s0, s1, s2, s3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
  var index = 0
  while index + 16 <= count {
    let factor = a.vector(index)
    s0 = s0.addingProduct(factor, b0.vector(index))
    s1 = s1.addingProduct(factor, b1.vector(index))
    s2 = s2.addingProduct(factor, b2.vector(index))
    s3 = s3.addingProduct(factor, b3.vector(index))
    index += 16
  }
  // Halves are added until each sum has four parts, then the four sums are added across.
  let (q0, q1, q2, q3) = (quarter(s0), quarter(s1), quarter(s2), quarter(s3))
  let left = SIMD4(lowHalf: q0.evenHalf + q0.oddHalf, highHalf: q1.evenHalf + q1.oddHalf)
  let right = SIMD4(lowHalf: q2.evenHalf + q2.oddHalf, highHalf: q3.evenHalf + q3.oddHalf)
  var result =
    SIMD4(lowHalf: left.evenHalf, highHalf: right.evenHalf)
    + SIMD4(lowHalf: left.oddHalf, highHalf: right.oddHalf)
  while index < count {
    result += a[index] * SIMD4(b0[index], b1[index], b2[index], b3[index])
    index += 1
  }
  return result
}

@inline(__always) private func quarter(_ sums: Vector) -> SIMD4<Float> {
  let half = sums.lowHalf + sums.highHalf
  return half.lowHalf + half.highHalf
}

/// Σ aᵢ bᵢ cᵢ.
@inline(__always) func weightedDot(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, count: Int
) -> Float {
  var sums = Vector.zero
  var index = 0
  while index + 16 <= count {
    sums = sums.addingProduct(a.vector(index) * b.vector(index), c.vector(index))
    index += 16
  }
  var sum = sums.sum()
  while index < count {
    sum += a[index] * b[index] * c[index]
    index += 1
  }
  return sum
}

/// The largest of `count` numbers; −∞ for none.
@inline(__always) func maximum(_ a: UnsafePointer<Float>, count: Int) -> Float {
  var result = -Float.infinity
  var index = 0
  if count >= 16 {
    var best = a.vector(0)
    index = 16
    while index + 16 <= count {
      let next = a.vector(index)
      best = best.replacing(with: next, where: next .> best)
      index += 16
    }
    for lane in 0..<16 where best[lane] > result { result = best[lane] }
  }
  while index < count {
    if a[index] > result { result = a[index] }
    index += 1
  }
  return result
}

/// Replaces each number by exp(scale · (number − shift)) and returns their sum.
@inline(__always) func exponentiate(
  _ a: UnsafeMutablePointer<Float>, count: Int, scale: Float, shift: Float
) -> Float {
  var sums = Vector.zero
  let factor = Vector(repeating: scale)
  let offset = Vector(repeating: -scale * shift)
  var index = 0
  while index + 16 <= count {
    let value = exponential(offset.addingProduct(a.vector(index), factor))
    a.store(value, index)
    sums += value
    index += 16
  }
  var sum = sums.sum()
  while index < count {
    let value = exponential(scale * (a[index] - shift))
    a[index] = value
    sum += value
    index += 1
  }
  return sum
}

/// aᵢ ← s · aᵢ.
@inline(__always) func scale(_ a: UnsafeMutablePointer<Float>, by s: Float, count: Int) {
  for index in 0..<count { a[index] *= s }
}

/// yᵢ ← yᵢ + s · xᵢ.
@inline(__always) func addScaled(
  _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ s: Float, count: Int
) {
  for index in 0..<count { y[index] += s * x[index] }
}

/// exp((xᵢ − largest) / temperature): a softmax without its divisor.
package func unnormalizedSoftmax(
  _ logits: UnsafeBufferPointer<Float>, temperature: Float, largest: Float
) -> [Float] {
  var result = Array(logits)
  result.withUnsafeMutableBufferPointer { buffer in
    if let base = buffer.baseAddress {
      _ = exponentiate(base, count: buffer.count, scale: 1 / temperature, shift: largest)
    }
  }
  return result
}
