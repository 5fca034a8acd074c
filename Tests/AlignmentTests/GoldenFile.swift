import Foundation
import Testing

/// A golden file beside the tests, made by the script of the same name.
struct GoldenFile<Case: Decodable>: Decodable {
  let cases: [Case]

  /// Reads `Golden/<name>.json`.
  static func cases(_ name: String) throws -> [Case] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Golden/\(name).json"))
    return try JSONDecoder().decode(GoldenFile.self, from: data).cases
  }
}

/// Compares element by element. The functions work in Double on Float inputs, so what remains is the
/// rounding of the result (6e-8 relative) and the golden gradients' step (1e-9): 1e-6 is ample.
func expectClose(
  _ found: [Float], _ expected: [Double], tolerance: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  for (index, pair) in zip(found, expected).enumerated() {
    #expect(
      abs(Double(pair.0) - pair.1) <= tolerance * max(1, abs(pair.1)), "element \(index)",
      sourceLocation: sourceLocation)
  }
}

/// Checks a gradient against central differences. The losses are summed in Double and rounded once,
/// so a step of 1e-3 is well above the noise (1e-4). Where the slopes to both sides differ the point is
/// beside a kink and is left out; most points must remain.
func expectGradient(
  at input: [Float], sourceLocation: SourceLocation = #_sourceLocation,
  _ function: ([Float]) -> (loss: Float, gradient: [Float])
) {
  let step: Float = 1e-3
  let center = function(input)
  var checked = 0
  for index in input.indices {
    var up = input
    var down = input
    up[index] += step
    down[index] -= step
    let rise = (function(up).loss - center.loss) / step
    let fall = (center.loss - function(down).loss) / step
    guard abs(rise - fall) < 1.5e-3 else { continue }
    checked += 1
    #expect(
      abs((rise + fall) / 2 - center.gradient[index]) < 1e-3, "element \(index)",
      sourceLocation: sourceLocation)
  }
  #expect(checked * 4 >= input.count * 3, "too many kinks", sourceLocation: sourceLocation)
}
