/// Steps that changed nothing because a loss or a gradient was not finite.
///
/// One may be an accident of a batch; several in a row are a training that is lost.
public struct SkippedSteps: Codable, Equatable, Sendable {
  /// Skipped so far.
  public private(set) var total = 0
  /// Skipped since the last step that was taken.
  public private(set) var inARow = 0

  /// None yet.
  public init() {}

  /// Counts one step.
  public mutating func note(isSkipped: Bool) {
    total += isSkipped ? 1 : 0
    inARow = isSkipped ? inARow + 1 : 0
  }
}
