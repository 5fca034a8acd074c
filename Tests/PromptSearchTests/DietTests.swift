import PromptSearch
import TestSupport
import Testing

@Suite struct DietTests {
  let a = Diet(seed: 5, reversed: false, exponent: 2, share: 0.6)
  let b = Diet(seed: 5, reversed: true, exponent: 2, share: 0.6)

  @Test func everyWordingIsInOneOfTwoOppositeDiets() throws {
    for (role, count) in try repositoryPhrasebook().counts {
      let (left, right) = (
        a.seenValues(of: role, count: count), b.seenValues(of: role, count: count)
      )
      #expect(Set(left).union(right) == Set(0..<count), "\(role)")
      #expect(Set(left).intersection(right).count <= max(1, count / 3), "\(role)")
      #expect(left.count == right.count)
      #expect(count == 2 || left.count > count / 2)
      #expect(left[0] != right[0])
    }
  }

  @Test func seedsGiveOrdersOfTheirOwn() {
    let other = Diet(seed: 6, reversed: false, exponent: 2, share: 1)
    let own = Diet(seed: 5, reversed: false, exponent: 2, share: 1)
    #expect(own.seenValues(of: .cue, count: 8) != other.seenValues(of: .cue, count: 8))
    #expect(own.seenValues(of: .cue, count: 8) != own.seenValues(of: .inputLabel, count: 8))
    #expect(own.seenValues(of: .cue, count: 8).sorted() == Array(0..<8))
    #expect(
      Diet(seed: 5, reversed: false, exponent: 2, share: 0).seenValues(of: .cue, count: 8).count
        == 1)
  }

  /// With exponent 2 and five values: 1, 1/4, 1/9, 1/16, 1/25 of a sum of 1.4636.
  @Test func frequenciesFollowZipf() {
    var random = SeededGenerator(seed: 1)
    var counts: [Int: Int] = [:]
    let draws = 20_000
    for _ in 0..<draws { counts[a.sample(.cue, count: 8, using: &random), default: 0] += 1 }
    let seen = a.seenValues(of: .cue, count: 8)
    #expect(Set(counts.keys) == Set(seen))
    for (rank, expected) in [0.6833, 0.1708, 0.0759, 0.0427, 0.0273].enumerated() {
      // Four standard errors of a share of 20,000 draws are at most 0.014.
      #expect(abs(Double(counts[seen[rank]] ?? 0) / Double(draws) - expected) < 0.014)
    }
  }

  @Test func rewordingUsesWhatIsSeen() throws {
    let grammar = PromptGrammar(try repositoryPhrasebook())
    var random = SeededGenerator(seed: 2)
    for prompt in plainPrompts {
      for _ in 0..<50 {
        let form = grammar.parse(a.reword(prompt, grammar: grammar, using: &random))
        for role in form.roles {
          let value = try #require(form[role])
          #expect(a.seenValues(of: role, count: grammar.count(of: role)).contains(value))
        }
      }
    }
  }
}
