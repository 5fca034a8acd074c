import Foundation

/// Reads the one text that a language model was asked for in its answer, whatever it put around it.
struct WrittenText {
  /// The text; nil where the answer has none, or was cut off in the middle of it.
  let text: String?

  /// Reads `answer`.
  ///
  /// The text stands after the last of the marks that were asked for. Without any, it is what is
  /// left when the thoughts before it, code fences, quotation marks, JSON around it, and what announces
  /// it are taken off; an apology is no text then. Either ends at any mark of the request; what still
  /// repeats the request is no text.
  ///
  /// - Parameters:
  ///   - request: What was answered.
  ///   - original: What the text takes the place of: what this has around it, the text may have too.
  init(_ answer: String, to request: some TextRequest, original: String) {
    text = Self.text(in: answer, to: request, CandidateText(original: original))
  }

  private static func text(
    in answer: String, to request: some TextRequest, _ form: CandidateText
  ) -> String? {
    guard answer.utf8.count <= RewriteList.maximumBytes else { return nil }
    let open = answer.range(
      of: "<\(request.answerMark)>", options: [.backwards, .caseInsensitive])
    let answered = open.map { answer[$0.upperBound...] } ?? withoutThoughts(answer)[...]
    let (said, isCut) = firstText(in: answered, between: request.marks)
    let text = form.normalized(jsonText(form.normalized(said)))
    let isComplete = open == nil ? !isRemark(text[...]) : isCut
    return text.isEmpty || !isComplete || request.marks.isEcho(text, of: type(of: request).wanted)
      ? nil : text
  }
}

/// What stands in `answer` up to a mark, marks at its beginning aside, and whether one ends it.
private func firstText(
  in answer: Substring, between marks: DataMarks
) -> (text: String, isCut: Bool) {
  var rest = answer
  while let mark = marks.first(in: rest) {
    let text = rest[..<mark.lowerBound]
    if !text.allSatisfy(\.isWhitespace) || rest[mark].hasPrefix("</") {
      return (String(text), true)
    }
    rest = rest[mark.upperBound...]
  }
  return (String(rest), false)
}

/// What follows the thoughts that some models write down before they answer.
private func withoutThoughts(_ answer: String) -> String {
  answer.range(of: "</think>", options: .backwards).map { String(answer[$0.upperBound...]) }
    ?? answer
}

/// The text in a JSON string, list or object; `text` itself where it is none.
private func jsonText(_ text: String) -> String {
  guard let first = text.first, "\"[{".contains(first), !text.hasPrefix("{{"),
    let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
  else { return text }
  return rewrites(inJSON: value).first ?? text
}
