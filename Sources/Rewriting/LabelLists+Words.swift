// The words and marks that lists of labels are recognised by.
extension LabelLists {
  /// Nouns that announce a list when a colon follows.
  static let announcing: Set<String> = [
    "options", "option", "labels", "label", "choices", "choice", "classes", "categories", "answers",
    "topics", "themes", "groups", "types", "list", "sentiments", "values", "tags", "possibilities",
    "alternatives", "intents",
    "emotions",
  ]
  static let choosing: Set<String> = ["choose", "pick", "select", "choosing", "selecting"]
  static let among: Set<String> = ["from", "between", "among", "of", "amongst"]
  /// Words that stand between an announcement and its list.
  static let fillers: Set<String> = [
    "are", "is", "the", "these", "following", "possible", "available", "two", "three", "four",
    "five", "six", "a",
    "an", "include", "one",
  ]
  static let disjunctions: Set<String> = ["or", "oder", "ou", "или"]
  /// Words that are no label on their own, so that "to or from" is no list.
  static let functionWords: Set<String> = [
    "a", "an", "the", "to", "in", "on", "at", "of", "for", "not", "with", "without", "by", "and",
    "or",
    "if", "is", "are", "be", "it", "its", "this", "that", "these", "those", "your", "their", "his",
    "her", "hers", "him", "he", "she", "from", "as", "so", "than", "whether", "more", "less", "any",
    "other", "both", "either", "neither", "e.g", "i.e", "such", "like", "when", "see", "was",
    "were", "has",
    "have", "do", "does", "did", "can", "will", "would", "should", "could", "may", "might", "must",
    "i", "you", "we", "they", "who", "what", "which", "how", "why", "where", "then", "but",
  ]
  /// Words that stand before alternatives in running prose: "is it a or b for you".
  static let introducing: Set<String> = [
    "about", "is", "are", "as", "be", "into", "from", "to", "it", "say", "answer", "reply",
    "respond", "output", "return", "write", "with", "either", "between", "whether", "label",
  ]
  /// Words before an item that are no part of it; "not" is a part, as in "not spam".
  static let articles: Set<String> = ["a", "an", "the", "either", "as", "whether"]
  static let separators: Set<Unicode.Scalar> = [",", ";", "/", "|", "、"]
  static let quotes: Set<Unicode.Scalar> = [
    "\"", "'", "`", "“", "”", "‘", "’", "„", "«", "»", "「", "」", "*",
  ]
  static let bullets: Set<Unicode.Scalar> = ["-", "*", "•", "–"]
  static let closers: [Unicode.Scalar: Unicode.Scalar] = ["(": ")", "[": "]", "{": "}"]
  static let longestItem = 4
  /// More words than this in a row are prose, and no list.
  static let longestProse = 12
}
