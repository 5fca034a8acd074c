import Tasks

/// The prompts of a task that may be compared with each other: those of one content. Prompts of
/// different contents have different answers, so that one may be harder than the other.
struct ContentGroups {
  /// Numbers of the prompts of each content, contents in order of their names.
  let groups: [[Int]]
  /// Contents with fewer than five prompts: τ would say nothing.
  let leftOut: Int

  init(_ prompts: [Prompt]) {
    let all = Dictionary(grouping: prompts.indices) { prompts[$0].content }
      .sorted { $0.key < $1.key }.map(\.value)
    groups = all.filter { $0.count >= 5 }
    leftOut = all.count - groups.count
  }
}
