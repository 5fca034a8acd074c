import Foundation
import Rewriting
import Tasks

/// The `README.md` of an exported rewriter: what it is, how it is used, where it comes from and what
/// was measured.
struct ModelCard {
  static let fileName = "README.md"

  private let rewriter: RewriterIdentity
  private let manifest: RunFolder.Manifest
  /// What the run's evaluation found; nil where it was not made.
  private let evaluation: EvaluationReport?
  /// Whether these are the weights before reinforcement learning.
  private let isUnfinished: Bool

  /// The card of a rewriter in its run; nil for a model that is none, such as the base.
  init?(of model: URL, in run: RunFolder, _ manifest: RunFolder.Manifest) throws {
    let name = model.lastPathComponent
    guard let rewriter = manifest.configuration.rewriters.first(where: { $0.name == name }) else {
      return nil
    }
    self.rewriter = rewriter
    self.manifest = manifest
    evaluation = run.summary(.evaluation, nil) == nil ? nil : try run.evaluation()
    isUnfinished = model.deletingLastPathComponent().lastPathComponent == Stage.sft.rawValue
  }

  private var target: String { rewriter.target }
  /// A second rewriter for the same target, from another seed.
  private var isControl: Bool { rewriter.name != target }

  /// The card.
  var markdown: String {
    [header, use, provenance, results].joined(separator: "\n\n") + "\n"
  }

  private var header: String {
    """
    ---
    library_name: transformers
    pipeline_tag: text-generation
    tags: [prompt-optimization, mapo]
    ---

    # A prompt rewriter for \(plain(target))

    It reads a prompt and writes one that says the same in the way that the model
    `\(plain(target))` answers best.\(isControl ? control : "")
    """
  }

  private var control: String {
    " It is a control: a second rewriter for this model, trained from another seed."
  }

  private var use: String {
    """
    ## Use

    The chat template takes the prompt as the user's message and, where the kind of task is known,
    `kind`: \(PromptKind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")).

        from transformers import AutoModelForCausalLM, AutoTokenizer
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder)
        messages = [{"role": "user", "content": "Is {{text}} good or bad?"}]
        inputs = tokenizer.apply_chat_template(
            messages, kind="classification", add_generation_prompt=True, return_tensors="pt",
            return_dict=True)
        output = model.generate(**inputs, do_sample=False, max_new_tokens=\(manifest.configuration.rewriter.maximumLength / 2))
        print(tokenizer.decode(output[0, inputs["input_ids"].shape[1]:], skip_special_tokens=True))

    Decode greedily, and keep the original prompt where a placeholder, a quoted text, a number or a
    label word is lost: `mapo rewrite --rewriter FOLDER` does both.
    """
  }

  private var provenance: String {
    let configuration = manifest.configuration
    let training = configuration.lora.map { "LoRA of rank \($0.rank)" } ?? "all weights"
    let stage = isUnfinished ? "; the weights before reinforcement learning" : ""
    return """
      ## Provenance

      Trained by mapo \(plain(manifest.version)) in the run `\(plain(configuration.name))`
      (seed \(configuration.seed), \(training)\(stage)).

      | data | hash |
      |---|---|
      \(manifest.dataHashes.sorted { $0.key < $1.key }
        .map { "| \(plain($0.key)) | `\($0.value)` |" }.joined(separator: "\n"))
      """
  }

  private var results: String {
    let title = "## Evaluation\n\n"
    let rows = evaluation?.rows.filter { $0.target == target } ?? []
    guard let evaluation, !rows.isEmpty, !isControl else {
      return title + "This rewriter was not evaluated by itself."
    }
    let summary = evaluation.summary.first { $0.target == target }.map {
      "\nOver all tasks that count: original \(points($0.original)), after supervised fine-tuning "
        + "\(points($0.sft)), after reinforcement learning \(points($0.mapo)); gain "
        + "\(interval($0.gain)).\n"
    }
    return title + """
      Scores of the target on the \(evaluation.split.rawValue) split, in hundredths; the interval is of
      the gain over the original prompts (95 %, bootstrap over prompts and examples).

      | task | prompts | examples | original | fine-tuned | this method | gain |
      |---|---:|---:|---:|---:|---:|---:|
      \(rows.map(line).joined(separator: "\n"))
      \(summary ?? "")
      """
  }

  private func line(_ row: EvaluationReport.Row) -> String {
    "| \(plain(row.task)) | \(row.prompts) | \(row.examples) | \(points(row.original)) | "
      + "\(points(row.sft)) | \(points(row.mapo)) | \(interval(row.gain)) |"
  }

  private func interval(_ interval: Interval) -> String {
    "\(signed(interval.mean)) (\(signed(interval.low)) to \(signed(interval.high)))"
  }

  private func points(_ value: Double) -> String { "\((value * 1000).rounded() / 10)" }

  private func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + points(value) }

  /// A name as it can stand within a line of Markdown.
  private func plain(_ text: String) -> String {
    String(text.map { "|`\n\r<>".contains($0) ? " " : $0 })
  }
}
