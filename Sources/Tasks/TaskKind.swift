/// The kind of a task, which is also the prefix that a rewriter is trained with.
public enum TaskKind: String, Codable, Sendable, CaseIterable {
  /// One of a fixed set of labels is the answer.
  case classification
  /// A short answer to a question, often a span of the input.
  case qa
  /// Free text, such as a summary.
  case generation
}

/// Which part of the data an example or a prompt belongs to.
public enum Split: String, Codable, Sendable, CaseIterable {
  /// For training and for the selection of candidates.
  case train
  /// For the choice of hyper-parameters.
  case dev
  /// Read once, by the configuration that is reported.
  case test
}
