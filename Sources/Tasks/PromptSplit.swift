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
/// content or wording go to test, whatever their cluster; and with a held-out wording, or a
/// near-duplicate of a prompt with held-out content, the rest of its cluster goes there too. Held-out
/// content alone does not take its cluster along: wordings are shared between contents.
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
    let kinds = task.prompts.map { Self.heldOutKind(of: $0, task.heldOut) }
    let places = task.prompts.map { clusters[$0.family] ?? $0.family }
    let contents = NearDuplicateIndex(
      of: task.prompts.indices.filter { kinds[$0] == .content }.map { task.prompts[$0].text },
      threshold: threshold)
    let tested = Set(
      task.prompts.indices.filter { index in
        kinds[index] == .wording
          || (kinds[index] == nil && contents.contains(task.prompts[index].text))
      }.map { places[$0] })
    assignments = zip(kinds, places).map { kind, cluster in
      if let kind { return Assignment(split: .test, heldOut: kind, cluster: cluster) }
      let split =
        tested.contains(cluster) ? .test : split(of: cluster, salt: salt, fractions: fractions)
      return Assignment(split: split, heldOut: split == .test ? .family : nil, cluster: cluster)
    }
  }

  /// Why a prompt is held out by itself.
  private static func heldOutKind(of prompt: Prompt, _ heldOut: HeldOut) -> HeldOutKind? {
    if heldOut.contents.contains(prompt.content) { return .content }
    let text = " \(normalForm(prompt.text)) "
    return heldOut.wordings.contains { text.contains(" \(normalForm($0)) ") } ? .wording : nil
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
