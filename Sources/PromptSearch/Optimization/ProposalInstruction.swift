/// What a language model is asked for a better prompt with, when it is shown earlier ones.
///
/// Source: Yang et al. 2023, "Large Language Models as Optimizers" (OPRO), arXiv:2309.03409: earlier
/// prompts in ascending order of their scores, a few exemplars, and the wish for a new one that scores
/// higher (W). The words, the marks and the scale of 0 to 100 in whole numbers are ours (O).
struct ProposalInstruction: TextRequest {
  static let wanted = "the new prompt"

  /// The task.
  let brief: TaskBrief
  /// Earlier prompts, the best last.
  let scored: [ScoredPrompt]

  var marks: DataMarks {
    DataMarks(
      for: scored.map(\.text) + brief.exemplars.flatMap { [$0.input, $0.output] })
  }

  /// The text of the request.
  var text: String {
    let earlier = scored.map { prompt in
      marks.enclosed(prompt.text, in: "prompt")
        + "\nscore: \(Int((100 * prompt.score).rounded()))"
    }
    return """
      Below are prompts for a language model with their scores, from 0 to 100: the higher, the better. \
      The best comes last.

      \(earlier.joined(separator: "\n\n"))

      \(examples)Write a new prompt for the same task that differs from all of these and has a score as \
      high as possible.\(brief.keepingSentence)

      \(dataSentence) \(asking)
      """
  }

  private var examples: String {
    brief.exemplars.isEmpty
      ? "" : "Examples of the task, with the answers that are wanted:\n\(brief.examples(marks))\n\n"
  }
}
