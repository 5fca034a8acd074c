/// Why a prompt was kept out of training.
public enum HeldOutKind: String, Codable, Sendable, CaseIterable {
  /// Its family is a test family.
  case family
  /// Its content is held out (whether or not its wording is, too).
  case content
  /// It holds a phrase that is held out.
  case wording
}

/// Which split each prompt of a task belongs to.
///
/// Families that have near-duplicate prompts are one cluster, and a cluster goes to one split as a
/// whole, so that no descendant or copy of a held-out prompt is trained on. Prompts with held-out
/// content or wording go to test, whatever their cluster.
public struct PromptSplit: Sendable, Equatable {
  /// The place of one prompt.
  public struct Assignment: Sendable, Equatable {
    /// Train, dev or test.
    public let split: Split
    /// Why it is in test; nil elsewhere.
    public let heldOut: HeldOutKind?
    /// Name of the cluster: the first, by name, of the families in it.
    public let cluster: String

    /// A place.
    public init(split: Split, heldOut: HeldOutKind?, cluster: String) {
      self.split = split
      self.heldOut = heldOut
      self.cluster = cluster
    }
  }

  /// The place of each prompt, in the order of the task's prompts.
  public let assignments: [Assignment]

  /// Splits the prompts of `task`.
  ///
  /// - Parameters:
  ///   - task: Its prompts and what it holds out.
  ///   - fractions: Expected shares of clusters.
  ///   - salt: See `split(of:salt:fractions:)`.
  ///   - threshold: Similarity of near-duplicates: see `NearDuplicateIndex`.
  public init(
    of task: PromptTask, fractions: SplitFractions, salt: String = "", threshold: Double = 0.9
  ) {
    let clusters = familyClusters(of: task.prompts, threshold: threshold)
    let wordings = task.heldOut.wordings.map { " \(normalForm($0)) " }
    assignments = task.prompts.map { prompt in
      let cluster = clusters[prompt.family] ?? prompt.family
      if task.heldOut.contents.contains(prompt.content) {
        return Assignment(split: .test, heldOut: .content, cluster: cluster)
      }
      let text = " \(normalForm(prompt.text)) "
      if wordings.contains(where: { text.contains($0) }) {
        return Assignment(split: .test, heldOut: .wording, cluster: cluster)
      }
      let split = split(of: cluster, salt: salt, fractions: fractions)
      return Assignment(split: split, heldOut: split == .test ? .family : nil, cluster: cluster)
    }
  }

  /// The numbers of the prompts in `split`, ascending.
  public func indices(in split: Split) -> [Int] {
    assignments.indices.filter { assignments[$0].split == split }
  }
}

/// The cluster of each family: families are joined where a prompt of one is a near-duplicate of a
/// prompt of the other, directly or through others.
private func familyClusters(of prompts: [Prompt], threshold: Double) -> [String: String] {
  var clusters = Dictionary(
    prompts.map { ($0.family, $0.family) }, uniquingKeysWith: { first, _ in first })
  /// The representative of a family's cluster; representatives stand for themselves.
  func root(_ family: String) -> String {
    var family = family
    while let parent = clusters[family], parent != family { family = parent }
    return family
  }
  var index = NearDuplicateIndex(threshold: threshold)
  for prompt in prompts {
    for match in index.matches(of: prompt.text) {
      let (left, right) = (root(prompt.family), root(prompts[match].family))
      clusters[max(left, right)] = min(left, right)
    }
    index.insert(prompt.text)
  }
  return clusters.mapValues(root)
}
