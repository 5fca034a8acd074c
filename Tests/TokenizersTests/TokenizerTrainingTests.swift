import Foundation
import Testing
import Tokenizers

@Suite struct TokenizerTrainingTests {
  /// The kept file's merges are checked against a plain implementation by `Golden/tokenizer.py`.
  @Test func trainingGivesTheKeptFile() throws {
    let tokenizer = Tokenizer.train(
      on: [try Golden.corpus()], vocabularySize: 420, specialTokens: Golden.specialTokens)
    #expect(tokenizer.vocabularySize == 420)
    try withTemporaryFile("tokenizer.json") { url in
      try tokenizer.write(to: url)
      let kept = Golden.folder.appending(path: "tokenizer.json")
      #expect(try Data(contentsOf: url) == Data(contentsOf: kept))
    }
  }

  @Test func theOrderOfTextsDoesNotMatter() throws {
    let lines = try Golden.corpus().split(separator: "\n").map(String.init)
    let forwards = Tokenizer.train(
      on: lines, vocabularySize: 400, specialTokens: Golden.specialTokens)
    let backwards = Tokenizer.train(
      on: lines.reversed(), vocabularySize: 400, specialTokens: Golden.specialTokens)
    #expect(forwards == backwards)
  }

  @Test func tiesGoByTheBytesOfThePair() {
    let tokenizer = Tokenizer.train(
      on: ["zy zy ba ba bc bc"], vocabularySize: 259, specialTokens: [])
    // " b" occurs four times, the others twice; the first " zy" has no space.
    #expect(tokenizer.bytes(of: 256) == Array(" b".utf8))
    #expect(tokenizer.bytes(of: 257) == Array(" ba".utf8))
    #expect(tokenizer.bytes(of: 258) == Array(" bc".utf8))
  }

  @Test func overlappingPairsAreCountedAsTheyMerge() {
    let tokenizer = Tokenizer.train(on: ["aaaaaaa aaaaaaa"], vocabularySize: 300, specialTokens: [])
    #expect(tokenizer.decode(tokenizer.encode("aaaaaaaaa aaa")) == "aaaaaaaaa aaa")
    #expect(tokenizer.encode("aaaaaaa").count == 1)
  }

  @Test func pairsSeenOnceAreNotMerged() {
    let tokenizer = Tokenizer.train(
      on: ["abc", "abd"], vocabularySize: 1000, specialTokens: Golden.specialTokens)
    #expect(tokenizer.vocabularySize == 2 + 256 + 1)
    #expect(tokenizer.encode("ab") == [258])
  }

  @Test func nothingToLearnFrom() {
    let tokenizer = Tokenizer.train(on: [""], vocabularySize: 300, specialTokens: ["<|end|>"])
    #expect(tokenizer.vocabularySize == 257)
    #expect(tokenizer.encode("\u{0}a") == [1, 98])
  }

  @Test func noMergeSpellsASpecialToken() {
    let tokenizer = Tokenizer.train(
      on: Array(repeating: "end ended", count: 9), vocabularySize: 400, specialTokens: ["end"])
    #expect(!tokenizer.encode("end").contains(0))
    #expect(tokenizer.encode("end").count == 2)
    #expect(tokenizer.decode(tokenizer.encode("end ended")) == "end ended")
  }

  @Test func tooSmallAVocabularyIsAMistake() async {
    await #expect(processExitsWith: .failure) {
      _ = Tokenizer.train(on: ["a"], vocabularySize: 256, specialTokens: ["<|end|>"])
    }
  }
}
