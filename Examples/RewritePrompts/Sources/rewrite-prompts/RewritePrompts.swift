import Foundation
import Rewriting

/// Rewrites prompts with an exported rewriter:
///
///     rewrite-prompts REWRITER PROMPT…
///
/// Without a prompt, each line of standard input is one. A prompt that comes back as it was is said
/// so on standard error, with the reason.
@main
struct RewritePrompts {
  static func main() {
    guard let path = CommandLine.arguments.dropFirst().first else {
      complain("usage: rewrite-prompts REWRITER [PROMPT …]")
      exit(2)
    }
    do {
      // Once for the whole program: the model stays in memory.
      let rewriter = try Rewriter(contentsOf: URL(fileURLWithPath: path))
      rewriteAll(with: rewriter)
    } catch {
      complain("\(error)")
      exit(1)
    }
  }

  private static func rewriteAll(with rewriter: Rewriter) {
    let prompts = Array(CommandLine.arguments.dropFirst(2))
    if prompts.isEmpty {
      while let line = readLine() { show(rewriter.rewrite(line)) }
    } else {
      // Prompts that are known together are rewritten together, on all cores.
      let kinds = [PromptKind?](repeating: nil, count: prompts.count)
      for rewrite in rewriter.rewrite(prompts, kinds: kinds) { show(rewrite) }
    }
  }

  private static func show(_ rewrite: Rewrite) {
    print(rewrite.rewritten)
    if let reason = rewrite.reason { complain("kept the original: \(reason)") }
  }

  private static func complain(_ sentence: String) {
    FileHandle.standardError.write(Data((sentence + "\n").utf8))
  }
}
