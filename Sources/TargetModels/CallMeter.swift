/// Asked before anything is sent that costs something.
public protocol CallMeter: Sendable {
  /// Sets aside calls of which each reads about `promptTokens` and writes at most `outputTokens`.
  ///
  /// - Returns: The reservation's number, which comes back in a `CallReceipt`. A reservation whose
  ///   receipt never comes is of calls that were interrupted and may have been answered.
  /// - Throws: `TargetModelError.budgetMet` where a budget does not allow it. Any error that is
  ///   thrown here becomes the result of this request and of all that were not sent yet.
  func reserve(calls: Int, promptTokens: Int, outputTokens: Int) throws(TargetModelError) -> Int64
}

/// A meter that allows everything.
public struct Unmetered: CallMeter {
  /// The only value.
  public init() {}

  /// Always 0.
  public func reserve(
    calls: Int, promptTokens: Int, outputTokens: Int
  ) throws(TargetModelError) -> Int64 { 0 }
}

/// What was set aside for an attempt to get an answer, and what the attempt used.
///
/// Of an answer these are the tokens that the server counted, or an estimate where it did not. An
/// attempt that was answered with an error status, or that found no connection, used none. Of every
/// other attempt nobody knows what will be billed: it timed out, lost its connection after it was
/// sent, or was answered with something that is no answer. Its receipt has what was reserved.
public struct CallReceipt: Sendable, Equatable {
  /// Number of the reservation that this settles.
  public var reservation: Int64
  /// Calls that were sent; an attempt that failed is one of them.
  public var calls: Int
  /// Tokens that were read, all calls together.
  public var promptTokens: Int
  /// Tokens that were written, all calls together.
  public var outputTokens: Int

  /// All parts.
  public init(reservation: Int64, calls: Int, promptTokens: Int, outputTokens: Int) {
    self.reservation = reservation
    self.calls = calls
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
  }
}
