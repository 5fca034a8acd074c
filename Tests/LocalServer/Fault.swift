import Tensors

/// The ways in which the server misbehaves on command.
public enum Fault: Sendable, Equatable {
  /// A status other than 200, with a message and, where given, a Retry-After header.
  case status(Int, retryAfter: String? = nil, message: String = "on command")
  /// No answer until the client gives up.
  case hang
  /// The first half of the body that was announced, then the end of the connection.
  case halfBody
  /// A body that is cut off, but announced that way.
  case invalidJSON
  /// An answer without choices.
  case emptyChoices
  /// An answer without text.
  case noText
  /// A good answer that calls itself HTML.
  case wrongContentType
  /// This text in place of the answer's JSON, with a status.
  case body(String, status: Int = 200)
  /// A reset in place of an answer.
  case reset
  /// The answer, a byte at a time with this pause between.
  case slowDrip(Duration)

  /// One of each kind after which another attempt may do better, with waits of milliseconds. A
  /// client must give up `hang` and `slowDrip` by a deadline of its own.
  public static let passing: [Fault] = [
    .status(429, retryAfter: "0.01"), .status(429), .status(500), .hang, .halfBody, .invalidJSON,
    .emptyChoices, .wrongContentType, .reset, .slowDrip(.milliseconds(50)),
  ]
}

/// Which attempts meet a fault: drawn from the prompt and the number of the attempt, so that it does
/// not depend on the order in which requests come.
public struct FaultPlan: Sendable {
  /// Share of attempts that meet a fault, 0...1.
  public var share: Double
  /// What they meet, each as often as the others.
  public var faults: [Fault]
  /// Changes the draws.
  public var seed: UInt64

  /// All parts.
  public init(share: Double, faults: [Fault] = Fault.passing, seed: UInt64 = 0) {
    self.share = share
    self.faults = faults
    self.seed = seed
  }

  /// The fault that this attempt meets.
  public func fault(for request: ReceivedRequest) -> Fault? {
    var random = SplitMix64(seed: seed, stream: "\(request.attempt) \(request.prompt)")
    return Double.random(in: 0..<1, using: &random) < share
      ? faults.randomElement(using: &random) : nil
  }
}
