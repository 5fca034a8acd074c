import Foundation
import Tasks

/// What a language model is asked to revise a sentence with: phase 2.
///
/// Source: Yang et al. 2024, arXiv:2406.13443, equation 6: the prompt, the sentence, and what the
/// prompt fails (P). The words, the marks and the bounds are ours (O).
struct RevisionInstruction: TextRequest {
  static let wanted = "the revised sentence"

  /// The prompt, its sentence, and the failures.
  let request: SentenceRevision

  var marks: DataMarks {
    DataMarks(
      for: [request.prompt.text] + request.failures.flatMap { [$0.input, $0.answer, $0.expected] })
  }

  /// The text of the request.
  var text: String {
    let sentence = request.prompt.parts[request.index].text
    return """
      A language model answers inputs by this prompt:
      \(marks.enclosed(request.prompt.text, in: "prompt"))

      \(failures)Revise this one sentence of the prompt so that such inputs are answered as wanted, and \
      the others as before:
      \(marks.enclosed(sentence, in: "sentence"))

      Put into it what the failures show to be missing or misleading, in general words: do not quote an \
      input. You may add a sentence to it. The rest of the prompt stays as it is.\(keeping(sentence))

      \(dataSentence) \(asking)
      """
  }

  private var failures: String {
    if request.failures.isEmpty { return "" }
    let shown = request.failures.map { failure in
      marks.enclosed(
        """
        Input: \(shortened(failure.input, to: TaskBrief.longestInput))
        Answered: \(shortened(failure.answer, to: TaskBrief.longestAnswer))
        Wanted: \(shortened(failure.expected, to: TaskBrief.longestAnswer))
        """, in: "failure")
    }
    return "It answers these wrongly:\n\(shown.joined(separator: "\n"))\n\n"
  }

  /// The placeholders and required words of the sentence, which it must keep.
  private func keeping(_ sentence: String) -> String {
    let kept =
      placeholders(in: sentence).map { "{{\($0)}}" }
      + request.brief.required.filter { sentence.localizedCaseInsensitiveContains($0) }
    return kept.isEmpty ? "" : " Keep these as they are: \(kept.joined(separator: ", "))."
  }
}
