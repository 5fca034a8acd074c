import Tasks

/// What a language model is asked for a first prompt with: the meta-instruction I_m of phase 1.
///
/// Source: Yang et al. 2024, arXiv:2406.13443: the instruction is inferred from a few solved examples
/// and has five parts (P). The words, the marks around data and the bounds are ours (O).
struct FirstPromptInstruction: TextRequest {
  static let wanted = "the new prompt"

  /// The task, its exemplars, and the prompt that is to be improved.
  let brief: TaskBrief

  var marks: DataMarks {
    DataMarks(
      for: [brief.original, brief.description] + brief.exemplars.flatMap { [$0.input, $0.output] })
  }

  /// The text of the request.
  var text: String {
    """
    You write prompts for another language model. Below are a prompt that is in use, and examples of \
    its task with the answers that are wanted. Find out what the task is and what the answers have in \
    common, and write a better prompt for it, in the language of the one in use.

    \(brief.data(marks))

    The new prompt has these parts, each under its heading:

    ### Task type
    One sentence that begins "This is a" and names the type: \(brief.kind.words), and more closely.
    ### Task description
    What is given, what is to be done with it, and what decides hard cases.
    ### Format and constraints
    The form that an answer has in the examples, and what it must not have.
    ### Reasoning process
    The steps from the input to the answer. Leave this part out where the answer is plain to see.
    ### Tips
    Two or three pieces of advice from someone who does this well.

    After them come the lines with the input and the line after which the answer begins. Write every \
    part in short sentences, each of which can be read alone. Do not solve the examples and do not \
    quote them.\(brief.keepingSentence)

    \(dataSentence) \(asking)
    """
  }
}

extension TaskKind {
  /// What such a task is called in a sentence.
  var words: String {
    switch self {
    case .classification: "classification"
    case .qa: "question answering"
    case .generation: "text generation"
    }
  }
}

extension TaskBrief {
  /// Longest input and longest answer that are shown of an example, in characters (O).
  static let longestInput = 1500
  static let longestAnswer = 500

  /// The prompt in use, what is said of the task, and the exemplars, between marks.
  func data(_ marks: DataMarks) -> String {
    var blocks = ["The prompt in use:\n" + marks.enclosed(original, in: "prompt")]
    if !description.isEmpty {
      blocks.append("What its author says of the task:\n" + marks.enclosed(description, in: "task"))
    }
    if !exemplars.isEmpty {
      blocks.append("Examples:\n" + examples(marks))
    }
    return blocks.joined(separator: "\n\n")
  }

  /// The exemplars between marks.
  func examples(_ marks: DataMarks) -> String {
    exemplars.map { exemplar in
      let input = shortened(exemplar.input, to: Self.longestInput)
      let output = shortened(exemplar.output, to: Self.longestAnswer)
      return marks.enclosed("Input: \(input)\nWanted: \(output)", in: "example")
    }.joined(separator: "\n")
  }

  /// What every prompt must keep, as a sentence after a space; empty where it is nothing.
  var keepingSentence: String {
    let kept = fields.map { "{{\($0)}}" } + required
    if kept.isEmpty { return "" }
    return " Keep these as they are, each as often as it is listed: "
      + "\(kept.joined(separator: ", ")). In the place of {{…}} an input will stand."
  }
}
