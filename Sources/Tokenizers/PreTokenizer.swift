/// The rule that cuts a text into words, which merges never cross.
///
/// Each is known by the pattern in the files of the models that brought it. The patterns are not
/// interpreted: a hand-written scanner does what each of them says, from left to right.
public enum PreTokenizer: String, Sendable, Equatable, CaseIterable {
  /// GPT-2's pattern (Radford et al. 2019), which `ByteLevel` stands for:
  ///
  ///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  case gpt2
  /// Llama 3's: contractions in any case, numbers of three digits at most, a letter run takes any
  /// one character before it, and line ends stay together.
  case llama3
  /// Qwen 2's and 3's: Llama 3's with numbers of one digit.
  case qwen2
  /// SmolLM's: every digit for itself, then GPT-2's pattern on what lies between.
  case smolLM
}

extension PreTokenizer {
  /// The pattern of a `Split` in a file; nil for those that have none.
  var splitPattern: String? {
    switch self {
    case .gpt2, .smolLM: nil
    case .llama3: Self.splitPattern(numbers: #"\p{N}{1,3}"#)
    case .qwen2: Self.splitPattern(numbers: #"\p{N}"#)
    }
  }

  private static func splitPattern(numbers: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  /// The scanner that follows the rule.
  package var scanner: WordScanner {
    switch self {
    case .gpt2: .gpt2
    case .llama3: .llama3
    case .qwen2: .qwen2
    case .smolLM: .smolLM
    }
  }
}
