import Tasks
import TestSupport
import Testing

@Suite struct PromptSplitTests {
  private let fractions = SplitFractions(train: 0.6, dev: 0.2)

  private func split(_ prompts: [Prompt], heldOut: HeldOut = HeldOut()) -> PromptSplit {
    let example = Example(id: "1", split: .train, fields: ["text": "x"], references: ["y"])
    return PromptSplit(
      of: PromptTask(
        name: "t", kind: .qa, metric: .f1, labels: [], description: "", inputField: "text",
        heldOut: heldOut, examples: [example], prompts: prompts), fractions: fractions)
  }

  @Test func hashIsThatOfEveryMachine() {
    // FNV-1a of "" is its offset basis; the finalizer's value was computed apart, in Python.
    #expect(stableHash("") == 0xF52A_15E9_A9B5_E89B)
    #expect(stableHash("imdb/negation") == 0xBC60_3254_27D1_C96C)
  }

  @Test func sharesAreThoseAskedFor() {
    let splits = (0..<20_000).map { Tasks.split(of: "family \($0)", fractions: fractions) }
    for (part, share) in [(Split.train, 0.6), (.dev, 0.2), (.test, 0.2)] {
      let found = Double(splits.count { $0 == part }) / 20_000
      // Four standard errors of a share of 20,000.
      #expect(abs(found - share) < 0.014, "\(part)")
    }
    let salted = (0..<1000).map { Tasks.split(of: "family \($0)", salt: "s", fractions: fractions) }
    #expect(salted != Array(splits.prefix(1000)))
  }

  @Test func familiesAndNearDuplicatesStayTogether() {
    let words = "one two three four five six seven eight nine ten".split(separator: " ")
    var prompts: [Prompt] = []
    for number in 0..<60 {
      let own = words.map { "\($0)\(number)" }.joined(separator: " ")
      prompts.append(Prompt(text: own, family: "a\(number)", style: ""))
      prompts.append(Prompt(text: own.uppercased() + "!", family: "b\(number)", style: ""))
      prompts.append(Prompt(text: "Something else \(number)", family: "b\(number)", style: ""))
    }
    let split = split(prompts)
    for start in stride(from: 0, to: prompts.count, by: 3) {
      #expect(Set(split.assignments[start..<start + 3].map(\.split)).count == 1)
      #expect(split.assignments[start].cluster == prompts[start].family)
    }
    for part in Split.allCases { #expect(!split.indices(in: part).isEmpty) }
    for assignment in split.assignments {
      #expect(assignment.heldOut == (assignment.split == .test ? .family : nil))
    }
  }

  @Test func chainsOfNearDuplicatesAreOneCluster() {
    let prompts = [("z", "p"), ("m", "q"), ("c", "q"), ("m", "p"), ("a", "r")].map {
      Prompt(text: $0.1, family: $0.0, style: "")
    }
    #expect(split(prompts).assignments.map(\.cluster) == ["c", "c", "c", "c", "a"])
  }

  @Test func heldOutContentAndWordingGoToTest() {
    let heldOut = HeldOut(contents: ["bad/good"], wordings: ["In short"])
    var prompts: [Prompt] = []
    for number in 0..<30 {
      let family = "f\(number)"
      prompts += [
        Prompt(text: "Plain \(number)", family: family, style: "", content: "no/yes"),
        Prompt(text: "In  SHORT, \(number)", family: family, style: "", content: "no/yes"),
        Prompt(text: "in shorter \(number)", family: family, style: "", content: "no/yes"),
        Prompt(text: "in short \(number)", family: family, style: "", content: "bad/good"),
      ]
    }
    let assignments = split(prompts, heldOut: heldOut).assignments
    for start in stride(from: 0, to: prompts.count, by: 4) {
      #expect(assignments[start].heldOut != .wording)
      #expect(assignments[start + 1].heldOut == .wording)
      #expect(assignments[start + 1].split == .test)
      #expect(assignments[start + 2].split == assignments[start].split)
      #expect(assignments[start + 3].heldOut == .content)
      #expect(assignments[start + 3].split == .test)
    }
  }

  @Test func whatGoesToTestTakesItsClusterAlongWhereItWouldLeak() {
    let heldOut = HeldOut(contents: ["bad/good"], wordings: ["In short"])
    let long = "say whether this review is kind or not and give nothing but one word please"
    var prompts: [Prompt] = []
    for number in 0..<30 {
      prompts += [
        Prompt(text: "in short \(number)", family: "w\(number)", style: "", content: "no/yes"),
        Prompt(text: "Plain \(number)", family: "w\(number)", style: "", content: "no/yes"),
        Prompt(text: "\(number) \(long)", family: "c\(number)", style: "", content: "bad/good"),
        Prompt(text: "Other \(number)", family: "c\(number)", style: "", content: "no/yes"),
        Prompt(text: "Copy \(number)", family: "d\(number)", style: "", content: "no/yes"),
        Prompt(text: "\(number) \(long)!", family: "d\(number)", style: "", content: "no/yes"),
      ]
    }
    let assignments = split(prompts, heldOut: heldOut).assignments
    for start in stride(from: 0, to: prompts.count, by: 6) {
      let kinds = assignments[start..<start + 6].map(\.heldOut)
      #expect(kinds == [.wording, .family, .content, .family, .family, .family])
      #expect(assignments[start..<start + 6].allSatisfy { $0.split == .test })
    }
  }
}

@Suite struct NearDuplicateTests {
  @Test func normalFormFoldsCaseSpaceAndPunctuation() {
    #expect(normalForm("  Is THIS—good?\n(yes) ") == "is this good yes")
    #expect(normalForm("…") == "")
  }

  @Test func shortTextsMustBeEqual() {
    let index = NearDuplicateIndex(of: ["Good.", "good or", "a good one"])
    #expect(index.matches(of: "GOOD") == [0])
    #expect(index.matches(of: "good, or") == [1])
    #expect(index.matches(of: "or") == [])
    #expect(index.matches(of: "bad one here") == [])
  }

  @Test func unknownWordsCount() {
    let known = (0..<30).map { "w\($0)" }.joined(separator: " ")
    let tail = (0..<100).map { " n\($0)" }.joined()
    let index = NearDuplicateIndex(of: [known])
    #expect(index.contains(known + "!"))
    #expect(!index.contains(known + tail))
  }

  @Test(arguments: [0.3, 0.6, 0.9])
  func agreesWithPlainJaccard(threshold: Double) {
    var random = SeededGenerator(seed: 5)
    let texts = (0..<60).map { _ in
      (0..<Int.random(in: 0...12, using: &random)).map { _ in
        ["a", "b", "c"].randomElement(using: &random) ?? "a"
      }.joined(separator: " ")
    }
    func shingles(_ text: String) -> Set<String> {
      let words = text.split(separator: " ")
      guard words.count >= 3 else { return [text] }
      return Set((2..<words.count).map { words[$0 - 2...$0].joined(separator: " ") })
    }
    let index = NearDuplicateIndex(of: texts.prefix(40), threshold: threshold)
    for text in texts {
      let own = shingles(text)
      let expected = (0..<40).filter {
        let other = shingles(texts[$0])
        return Double(own.intersection(other).count)
          >= threshold * Double(own.union(other).count)
      }
      #expect(index.matches(of: text) == expected)
    }
  }

  @Test func tenThousandCandidatesTakeLittleTime() {
    var random = SeededGenerator(seed: 9)
    func text() -> String {
      (0..<25).map { _ in "w\(Int.random(in: 0..<200, using: &random))" }.joined(separator: " ")
    }
    let index = NearDuplicateIndex(of: (0..<300).map { _ in text() })
    let candidates = (0..<10_000).map { _ in text() }
    let time = ContinuousClock().measure {
      #expect(candidates.count(where: index.contains) == 0)
    }
    // About 0.2 s on one slow core; the bound is for a machine that is busy otherwise.
    #expect(time < .seconds(5))
  }
}
