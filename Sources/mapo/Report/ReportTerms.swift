import Reports

/// What the columns and words of the report mean, each said once and in plain words.
enum ReportTerms {
  static let score =
    "Scores are between 0 and 1: the mean of the task's metric over examples, then over prompts, "
    + "then over tasks."
  static let trivial =
    "Score of an answer that needs no model: always the most frequent label, or a copy of the "
    + "input."
  static let original = "The held-out prompts as they were."
  static let constant =
    "The best training prompt of the task, used for every input. A rewriter must beat it, or it "
    + "has learned nothing about the single prompt."
  static let lookup =
    "The best training prompt of the same task and content (such as the same label words); the "
    + "prompt as it was where training had no such content."
  static let sft = "What the rewriter writes after supervised fine-tuning."
  static let mapo =
    "What the final rewriter writes, after reinforcement learning. Where a guard refuses the "
    + "text, the original counts."
  static let gain = "What the rewriter gains over the prompts as they were."
  static let overConstant = "What reading the single prompt is worth."
  static let overSft = "What reinforcement learning adds."
  static let prompts =
    "Held-out prompts; no text in training descends from them or nearly equals "
    + "them."
  static let harmedAny = "Share of prompts whose mean score drops by more than 0.01."
  static let harmedSignificant =
    "Share of prompts with a drop whose 95 % bound over examples is below 0; about "
    + "\(numberText(100 * harmedByChance, decimals: 1)) % would have one by chance alone."
  /// Share of prompts that no rewrite harms and whose bound is below 0 all the same.
  static let harmedByChance = 0.025
  static let heldOut =
    "Why the prompts were kept out of training; all: every held-out prompt."
  static let asUnderEvaluation =
    "This and the other columns are those of the table under Evaluation."
  static let kept = "Share of prompts that a guard kept as they were."
  static let distinct =
    "Different rewrites as a share of different inputs: near 0, one text is written for every "
    + "prompt."
  static let metric =
    "How one answer is scored: accuracy is 1 for the right label; f1 and rougeL are the share of "
    + "words in common with the reference; exactMatch is 1 for the same text."

  /// How the intervals of the evaluation were made.
  static func intervals(resamples: Int) -> String {
    "“a (b … c)” is an estimate a with its 95 % interval from b to c. Prompts and examples were "
      + "drawn again with replacement, \(resamples) times (a two-way bootstrap; tasks are fixed), "
      + "and the interval holds the middle 95 % of the results. It says nothing about another seed."
  }
}
