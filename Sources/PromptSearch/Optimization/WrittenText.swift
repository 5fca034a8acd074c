import Foundation

/// Reads the one text that a language model was asked for in its answer, whatever it put around it.
struct WrittenText {
  /// The text; nil where the answer has none, or was cut off in the middle of it.
  let text: String?

  /// Reads `answer`.
  ///
  /// The text stands between the last marks of that name. Without any, it is what is left when the
  /// thoughts before it, code fences, quotation marks, JSON around it, and what announces it are taken
  /// off; an apology is no text then.
  ///
  /// - Parameters:
  ///   - mark: Name of the marks that were asked for.
  ///   - original: What the text takes the place of: what this has around it, the text may have too.
  init(_ answer: String, mark: String, original: String) {
    guard answer.utf8.count <= RewriteList.maximumBytes else {
      text = nil
      return
    }
    let form = CandidateText(original: original)
    guard let open = answer.range(of: "<\(mark)>", options: [.backwards, .caseInsensitive]) else {
      let said = form.normalized(jsonText(form.normalized(withoutThoughts(answer))))
      text = said.isEmpty || isRemark(said[...]) ? nil : said
      return
    }
    let rest = answer[open.upperBound...]
    let close = rest.range(of: "</\(mark)>", options: .caseInsensitive)
    let inside = close.map {
      form.normalized(jsonText(form.normalized(String(rest[..<$0.lowerBound]))))
    }
    text = inside.flatMap { $0.isEmpty ? nil : $0 }
  }
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
