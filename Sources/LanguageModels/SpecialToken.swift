/// The special tokens of models that are trained here.
public enum SpecialToken {
  /// Fills rows in other engines; ours never needs it. Not the end token: where they are the same,
  /// a model cannot learn to end.
  public static let padding = "<|pad|>"
  /// Ends an answer or a rewritten prompt.
  public static let end = "<|endoftext|>"
  /// Stands between what a model reads and what it answers.
  public static let answer = "<|answer|>"
  /// All of them, in the order of their ids.
  public static let all = [padding, end, answer]
}
