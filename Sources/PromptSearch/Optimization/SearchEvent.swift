/// What a search tells whoever watches it, as it happens.
public enum SearchEvent: Equatable, Sendable {
  /// Phase 1 is done: what competed to begin phase 2, and which of them does.
  case began([SearchDraft])
  /// A trial of phase 2 is over.
  case tried(SearchTrial)
  /// The search is over.
  case ended(SearchOutcome)
}
