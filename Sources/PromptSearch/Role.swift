/// A part of a prompt that can be said in several ways, such as "verb.classify" or "cue".
public struct Role: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
  /// Its name in the phrase book.
  public let rawValue: String

  /// The role of this name.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// What stands around an instruction that begins with a verb.
  public static let frame = Role(rawValue: "frame")
  /// What stands around any other instruction.
  public static let wrapper = Role(rawValue: "wrapper")
  /// The last line, after which the answer begins.
  public static let cue = Role(rawValue: "cue")
  /// What stands before the input.
  public static let inputLabel = Role(rawValue: "inputLabel")
  /// Value 0: the instruction before the input; value 1: after it.
  public static let order = Role(rawValue: "order")

  /// The name.
  public var description: String { rawValue }
}
