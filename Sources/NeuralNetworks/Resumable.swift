/// Something that is trained and can be continued in another process, bit for bit.
///
/// What decides the next step is of two kinds: few small values, and many numbers. Whoever keeps both,
/// and sets both in a new instance made in the same way, continues as if nothing had happened.
public protocol Resumable: AnyObject {
  /// Counters, random generators, cursors.
  associatedtype Progress: Codable

  /// All that is small. It is set before `withNumbers` gives memory to read into.
  var progress: Progress { get set }

  /// All that is large: weights and moments, in place, by names that are unique here.
  func withNumbers<Result>(_ body: ([NamedNumbers]) throws -> Result) rethrows -> Result
}

/// A piece of memory with a name.
public struct NamedNumbers {
  /// The name, as in a checkpoint.
  public var name: String
  /// The numbers, valid within the call that gave them.
  public var values: UnsafeMutableBufferPointer<Float>

  /// Names a piece of memory.
  public init(_ name: String, _ values: UnsafeMutableBufferPointer<Float>) {
    self.name = name
    self.values = values
  }

  /// The same numbers as a part of something larger.
  public func prefixed(_ prefix: String) -> NamedNumbers {
    NamedNumbers("\(prefix).\(name)", values)
  }
}
