/// A loss and its derivative, computed together so that a trainer can hand the derivative to
/// autograd as the gradient that flows into the loss's input.
public struct LossGradient: Sendable, Equatable {
  /// The loss, a mean as its function says.
  public var loss: Float
  /// ∂loss/∂input, one entry for each entry of the differentiable input.
  public var gradient: [Float]

  /// Pairs a loss with its gradient.
  public init(loss: Float, gradient: [Float]) {
    self.loss = loss
    self.gradient = gradient
  }
}
