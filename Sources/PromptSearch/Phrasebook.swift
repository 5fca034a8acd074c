import Foundation

/// Interchangeable wordings of the parts of a prompt, by role.
///
/// Prompts are taken apart with it (`PromptGrammar`), candidates are made from it
/// (`RuleBasedGenerator`), and the diets of the embedded target models choose from it (`Diet`), so
/// that all three live in one space.
public struct Phrasebook: Codable, Equatable, Sendable {
  /// A sentence pattern around an instruction that begins with a verb:
  /// `before` clause `middle` [`separator` tail] `after`.
  public struct Frame: Codable, Equatable, Sendable {
    /// The style family of prompts in this frame.
    public let style: String
    /// Text before the clause.
    public let before: String
    /// Whether the clause begins with a capital.
    public let capitalized: Bool
    /// Text right after the clause.
    public let middle: String
    /// Text between `middle` and what else the instruction says, where it says more.
    public let separator: String
    /// Text at the end.
    public let after: String
  }

  /// Text around an instruction that no frame fits, such as a question.
  public struct Wrapper: Codable, Equatable, Sendable {
    /// The style family of prompts in this wrapper.
    public let style: String
    /// Text before the instruction.
    public let before: String
    /// Text after it.
    public let after: String
  }

  /// Where in a sentence a word may be swapped.
  public enum PartOfSpeech: String, Codable, Sendable {
    /// At the start of an instruction, before a determiner.
    case verb
    /// Right after a determiner.
    case noun
  }

  /// Words (or groups of words) that can stand for one another.
  public struct WordGroup: Codable, Equatable, Sendable {
    /// The role they share.
    public let role: Role
    /// Where they are recognised.
    public let part: PartOfSpeech
    /// Words that may be chosen.
    public let values: [String]
    /// Words that are recognised and may be replaced, but are never chosen.
    public let alsoKnown: [String]
  }

  /// A sentence that introduces label words or a wanted detail: `before` arguments `after`.
  public struct ContentPhrase: Codable, Equatable, Sendable {
    /// Text before the arguments.
    public let before: String
    /// Text between two arguments; empty for a phrase of one argument.
    public let separator: String
    /// Text after the arguments.
    public let after: String
  }

  /// What the arguments of a content phrase look like.
  public enum ArgumentKind: String, Codable, Sendable {
    /// Two or more short items.
    case list
    /// One noun phrase that begins with "the".
    case phrase
  }

  /// Content phrases that can stand for one another; the arguments stay.
  public struct ContentGroup: Codable, Equatable, Sendable {
    /// The role they share.
    public let role: Role
    /// What they introduce.
    public let arguments: ArgumentKind
    /// The phrases.
    public let values: [ContentPhrase]
  }

  /// Phrases for a fixed place in the prompt.
  public struct Phrases: Codable, Equatable, Sendable {
    /// Phrases that may be chosen.
    public let values: [String]
    /// Phrases that are recognised and may be replaced, but are never chosen.
    public let alsoKnown: [String]

    /// Both, those that may be chosen first.
    var all: [String] { values + alsoKnown }
  }

  /// Words before which a noun is recognised and with which a verb's object begins.
  public let determiners: [String]
  /// Words after which a verb is recognised inside a sentence, such as "please".
  public let verbLeads: [String]
  /// Verbs that an instruction may begin with, beyond those of the word groups.
  public let openers: [String]
  /// Values of `Role.frame`.
  public let frames: [Frame]
  /// Values of `Role.wrapper`.
  public let wrappers: [Wrapper]
  /// Word groups, each a role of its own.
  public let words: [WordGroup]
  /// Content groups, each a role of its own.
  public let contents: [ContentGroup]
  /// Values of `Role.cue`.
  public let cues: Phrases
  /// Values of `Role.inputLabel`; the empty one is "no label".
  public let inputLabels: Phrases

  /// Reads a phrase book in JSON.
  /// - Throws: `PhrasebookError`.
  public init(contentsOf file: URL) throws(PhrasebookError) {
    do {
      self = try JSONDecoder().decode(Phrasebook.self, from: Data(contentsOf: file))
    } catch is DecodingError {
      throw .unreadable(file: file.lastPathComponent, reason: "it is not JSON with the keys of one")
    } catch {
      throw .unreadable(file: file.lastPathComponent, reason: error.localizedDescription)
    }
    try validate()
  }

  /// The roles and how many values can be chosen for each.
  public var counts: [(role: Role, count: Int)] {
    var counts: [(role: Role, count: Int)] = [(.frame, frames.count), (.wrapper, wrappers.count)]
    counts += words.map { ($0.role, $0.values.count) }
    counts += contents.map { ($0.role, $0.values.count) }
    counts += [(.inputLabel, inputLabels.values.count), (.cue, cues.values.count), (.order, 2)]
    return counts
  }

  /// Checks that every role has values and that no word or phrase has two meanings.
  /// - Throws: `PhrasebookError`.
  public func validate() throws(PhrasebookError) {
    for (role, count) in counts where count == 0 { throw .noValues(role: role) }
    let lists: [(String, [String])] = [
      ("frame", frames.map { "\($0.before)|\($0.capitalized)|\($0.middle)|\($0.after)" }),
      ("wrapper", wrappers.map { "\($0.before)|\($0.after)" }),
      ("word", words.flatMap { $0.values + $0.alsoKnown }),
      ("content phrase", contents.flatMap { $0.values.map(\.before) }),
      ("cue", cues.all), ("input label", inputLabels.all),
    ]
    for (kind, phrases) in lists {
      var seen: Set<String> = []
      for phrase in phrases where !seen.insert(phrase).inserted {
        throw .ambiguous(kind: kind, phrase: phrase)
      }
    }
  }

  /// The fixed text of a value, as it may stand in a prompt.
  /// - Precondition: `role` is in the book and has `value`.
  public func phrase(of role: Role, value: Int) -> String {
    switch role {
    case .frame: [frames[value].before, frames[value].middle, frames[value].after].joined()
    case .wrapper: wrappers[value].before + wrappers[value].after
    case .cue: cues.all[value]
    case .inputLabel: inputLabels.all[value]
    case .order: ""
    default:
      words.first { $0.role == role }.map { ($0.values + $0.alsoKnown)[value] }
        ?? contents.first { $0.role == role }.map { $0.values[value].before } ?? ""
    }
  }
}

/// A phrase book that cannot be used.
public enum PhrasebookError: Error, Equatable, Sendable {
  /// The file is missing or is not a phrase book.
  case unreadable(file: String, reason: String)
  /// A role without any value.
  case noValues(role: Role)
  /// A word or phrase that stands twice, so that a prompt with it can be read in two ways.
  case ambiguous(kind: String, phrase: String)
}

extension PhrasebookError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) is not a phrase book: \(reason)"
    case .noValues(let role): "the phrase book has no value for the role '\(role)'"
    case .ambiguous(let kind, let phrase): "the phrase book has the \(kind) '\(phrase)' twice"
    }
  }
}
