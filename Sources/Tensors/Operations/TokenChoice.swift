/// How the next token of one sequence is chosen from its logits.
public struct TokenChoice: Sendable, Equatable {
  /// τ: 0 takes the most probable token; otherwise logits are divided by it.
  public var temperature: Float
  /// Only so many of the most probable tokens can be drawn; 0 for all.
  public var topK: Int
  /// Of these, only the smallest set of the most probable that together has this share of their
  /// probability, at least one token; 1 for all.
  public var topP: Float
  /// Of these, only tokens with at least this share of the largest probability, in 0...1; 0 for all.
  public var minP: Float
  /// u, in 0..<1: which part of the distribution's cumulative sum is drawn.
  public var random: Double

  /// All parts; the most probable token unless a temperature is given.
  ///
  /// - Precondition: `temperature` and `topK` are not negative, `topP` and `minP` are in 0...1.
  public init(
    temperature: Float = 0, topK: Int = 0, topP: Float = 1, minP: Float = 0, random: Double = 0
  ) {
    precondition(
      temperature >= 0 && topK >= 0 && 0 <= topP && topP <= 1 && 0 <= minP && minP <= 1,
      "choice: temperature \(temperature), topK \(topK), topP \(topP), minP \(minP)")
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.random = random
  }
}

extension Tensor {
  /// One token for each row of logits, by greedy choice or by drawing from the row's distribution.
  ///
  ///     p = softmax(z / τ), cut to its top k, its top p and its min p in turn;   p₀ + … + p_y > u
  ///
  /// The sum runs over all tokens in their order, or over those that the cuts leave, in an order
  /// that follows from the logits. Where logits are equal, the smaller token counts as the more
  /// probable one. A result depends on its row and its choice alone, not on the other rows or the
  /// number of threads.
  ///
  /// Sources: Fan et al. 2018, arXiv:1805.04833 (top k); Holtzman et al. 2020, arXiv:1904.09751
  /// (top p); Nguyen et al. 2024, arXiv:2407.01082 (min p). The order is that of `transformers`; vLLM
  /// cuts to min p first, which differs where top p is below 1 as well.
  ///
  /// - Parameter choices: One for each row.
  /// - Precondition: `self` is `[N, V]` with V above 0.
  public func tokens(chosenBy choices: [TokenChoice]) -> [Int32] {
    precondition(
      shape.count == 2 && shape[0] == choices.count && shape[1] > 0,
      "tokens: \(choices.count) choices from logits \(shape)")
    let vocabulary = shape[1]
    return [Int32](unsafeUninitializedCapacity: choices.count) { tokens, count in
      let tokens = tokens
      inParallel(choices.count, grain: Self.rowGrain(vocabulary)) { rows in
        withScratch(count: LogitRow.scratchCount(vocabulary)) { scratch in
          for row in rows {
            let line = LogitRow(pointer + row * vocabulary, count: vocabulary, scratch: scratch)
            tokens.initializeElement(at: row, to: Int32(line.token(chosenBy: choices[row])))
          }
        }
      }
      count = choices.count
    }
  }

  /// One token for one row, chosen in the same way from some tokens alone.
  ///
  /// - Parameters:
  ///   - allowed: At least one, in rising order.
  /// - Precondition: `self` is `[N, V]` and has the row; `allowed` are below V.
  public func token(
    chosenBy choice: TokenChoice, row: Int, among allowed: [Int32]
  ) -> Int32 {
    precondition(!allowed.isEmpty, "token: none is allowed")
    checkRow(row, allowed)
    let vocabulary = shape[1]
    return withScratch(count: allowed.count + LogitRow.scratchCount(allowed.count)) { scratch in
      let line = pointer + row * vocabulary
      for (index, token) in allowed.enumerated() { scratch[index] = line[Int(token)] }
      let own = LogitRow(scratch, count: allowed.count, scratch: scratch + allowed.count)
      return allowed[own.token(chosenBy: choice)]
    }
  }

  /// Stops where logits have no such row, or a token is none of theirs.
  func checkRow(_ row: Int, _ tokens: some Sequence<Int32>) {
    precondition(
      shape.count == 2 && 0 <= row && row < shape[0]
        && tokens.allSatisfy { 0 <= $0 && Int($0) < shape[1] },
      "tokens: row \(row) of logits \(shape), or one of its tokens")
  }
}

/// Logits of one row, in blocks: sums and maxima of blocks are found with vectors, and what lies in
/// most blocks need not be looked at one by one.
struct LogitRow {
  static let blockWidth = 64

  let logits: UnsafePointer<Float>
  let count: Int
  let blockCount: Int
  /// The largest logit, and that of each block.
  let largest: Float
  let maxima: UnsafeMutablePointer<Float>
  private let sums: UnsafeMutablePointer<Float>
  private let terms: UnsafeMutablePointer<Float>

  /// Numbers that `init` needs for a row of `count` logits.
  static func scratchCount(_ count: Int) -> Int {
    2 * ((count + blockWidth - 1) / blockWidth) + blockWidth
  }

  init(_ logits: UnsafePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>) {
    self.logits = logits
    self.count = count
    blockCount = (count + Self.blockWidth - 1) / Self.blockWidth
    maxima = scratch
    sums = scratch + blockCount
    terms = scratch + 2 * blockCount
    for block in 0..<blockCount {
      let start = block * Self.blockWidth
      maxima[block] = maximum(logits + start, count: min(Self.blockWidth, count - start))
    }
    largest = maximum(maxima, count: blockCount)
  }

  func token(chosenBy choice: TokenChoice) -> Int {
    guard choice.temperature > 0 else { return mostProbable }
    let isTruncated = (1..<count).contains(choice.topK) || choice.topP < 1 || choice.minP > 0
    return (isTruncated ? truncatedDraw(choice) : draw(choice)) ?? mostProbable
  }

  /// The first token with the largest logit.
  private var mostProbable: Int {
    for block in 0..<blockCount where maxima[block] == largest {
      for index in tokens(of: block) where logits[index] == largest { return index }
    }
    return 0
  }

  func tokens(of block: Int) -> Range<Int> {
    block * Self.blockWidth..<min(count, (block + 1) * Self.blockWidth)
  }

  /// exp((z − largest) / τ) of one block's tokens, and their sum. Valid until the next call.
  func exponentials(
    of block: Int, temperature: Float
  ) -> (terms: UnsafePointer<Float>, sum: Float) {
    let range = tokens(of: block)
    let source = logits + range.lowerBound
    for index in 0..<range.count { terms[index] = source[index] - largest }
    let sum = exponentiate(terms, count: range.count, scale: 1 / temperature, shift: 0)
    return (UnsafePointer(terms), sum)
  }

  /// Σ exp((z − largest) / τ), with the sum of each block in `sums`.
  func total(temperature: Float) -> Double {
    var total = 0.0
    for block in 0..<blockCount {
      sums[block] = exponentials(of: block, temperature: temperature).sum
      total += Double(sums[block])
    }
    return total
  }

  /// log Σ exp z.
  var logTotal: Double {
    Double(largest) + Double(logarithm(Float(total(temperature: 1))))
  }

  /// A token from the whole distribution; nil where rounding leaves none.
  private func draw(_ choice: TokenChoice) -> Int? {
    var rest = choice.random * total(temperature: choice.temperature)
    for block in 0..<blockCount {
      guard rest < Double(sums[block]) else {
        rest -= Double(sums[block])
        continue
      }
      let terms = exponentials(of: block, temperature: choice.temperature).terms
      for (index, token) in tokens(of: block).enumerated() {
        rest -= Double(terms[index])
        if rest < 0 { return token }
      }
      return nil
    }
    return nil
  }
}
