import Tensors
import Testing

/// Checks the gradient of Σ upstream · function(input) against central differences.
///
/// The step is 1e-2: smaller ones drown in Float32's rounding. Sums are in Double. The tolerance is
/// 1e-3 · max(1, |slope|), for functions whose third derivative is of order one.
///
/// - Parameters:
///   - values: Where the gradient is taken.
///   - shape: The shape of the input.
///   - upstream: One weight for each element of the result; drawn with a fixed seed where nil.
///   - limit: At most this many elements are checked, evenly spread.
///   - function: Maps the input to the result.
public func expectGradient(
  at values: [Float], shape: [Int], upstream: [Float]? = nil, limit: Int = 150,
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  function: (Tensor) -> Tensor
) {
  let input = Tensor(values, shape: shape, requiresGradient: true)
  let result = function(input)
  var random = SeededGenerator(seed: 99)
  let weights = upstream ?? random.symmetric(result.count)
  result.backward(weights)
  guard let gradient = input.gradient else {
    Issue.record("no gradient was collected", sourceLocation: sourceLocation)
    return
  }
  let loss = { (point: [Float]) in
    withoutGradient { function(Tensor(point, shape: shape)) }.values
      .weightedSum(weights)
  }
  for index in stride(from: 0, to: values.count, by: max(1, values.count / limit)) {
    let slope = centralDifference(of: loss, at: values, index: index)
    let distance = abs(Double(gradient[index]) - slope)
    #expect(
      distance <= 1e-3 * max(1, abs(slope)),
      "\(comment?.rawValue ?? "") element \(index): gradient \(gradient[index]), slope \(slope)",
      sourceLocation: sourceLocation)
  }
}

/// (f(x + h) − f(x − h)) / 2h along one axis, with the step that Float32 arithmetic really takes.
public func centralDifference(
  of function: ([Float]) -> Double, at values: [Float], index: Int, step: Float = 1e-2
) -> Double {
  var (above, below) = (values, values)
  above[index] += step
  below[index] -= step
  return (function(above) - function(below)) / (Double(above[index]) - Double(below[index]))
}

extension [Float] {
  /// Σ aᵢ wᵢ, in Double.
  public func weightedSum(_ weights: [Float]) -> Double {
    zip(self, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
