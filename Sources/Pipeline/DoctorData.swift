import PromptSearch
import Rewriting
import Tasks
import Tokenizers

extension SplitTask {
  /// How many prompts and examples each split has.
  var counts: DoctorReport.Task {
    func count(_ size: (Split) -> Int) -> DoctorReport.Counts {
      DoctorReport.Counts(train: size(.train), dev: size(.dev), test: size(.test))
    }
    return DoctorReport.Task(
      name: task.name, prompts: count { split.indices(in: $0).count },
      examples: count { role in task.examples.count { $0.split == role } })
  }

  /// What is in two splits: the first of each kind of leak.
  package var splitProblems: [DoctorReport.Problem] {
    [leakedExample, leakedFamily, leakedPrompt].compactMap(\.self).map {
      DoctorReport.Problem(place: "task '\(task.name)'", sample: nil, reason: $0)
    }
  }

  /// An example whose fields another split has too, under whatever name.
  private var leakedExample: String? {
    var seen: [[String: String]: Example] = [:]
    for example in task.examples {
      guard let first = seen[example.fields] else {
        seen[example.fields] = example
        continue
      }
      if first.split != example.split {
        return "examples '\(first.id)' (\(first.split.rawValue)) and '\(example.id)' "
          + "(\(example.split.rawValue)) have the same fields"
      }
    }
    return nil
  }

  /// A family of descent with prompts in two splits. Prompts that are held out for their content
  /// share their wordings, and so their families, with others.
  private var leakedFamily: String? {
    var places: [String: Split] = [:]
    for (prompt, place) in zip(task.prompts, split.assignments) where place.heldOut != .content {
      let first = places[prompt.family] ?? place.split
      if first != place.split {
        return "family '\(prompt.family)' is in both \(first.rawValue) and \(place.split.rawValue)"
      }
      places[prompt.family] = first
    }
    return nil
  }

  /// A training prompt that is nearly an evaluated one, or has a held-out wording.
  private var leakedPrompt: String? {
    for index in split.indices(in: .train) {
      let text = task.prompts[index].text
      if heldOut.isNear(text) {
        return "training prompt number \(index + 1) is nearly an evaluated one"
      }
      if heldOut.hasWording(in: text) {
        return "training prompt number \(index + 1) has a held-out wording"
      }
    }
    return nil
  }
}

extension Tokenizer {
  /// The training prompts that do not come back as they were from encoding and decoding.
  func lossyPrompts(_ tasks: [SplitTask]) -> [(task: String, prompt: Int)] {
    tasks.flatMap { entry in
      entry.split.indices(in: .train).compactMap { index in
        let text = entry.task.prompts[index].text
        // Strings compare by canonical equivalence; a rewriter has to keep the very bytes.
        let isKept = decode(encode(text)).utf8.elementsEqual(text.utf8)
        return isKept ? nil : (entry.task.name, index)
      }
    }
  }
}
