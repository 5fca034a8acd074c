import FeedbackStore
import Synchronization
import TargetModels

/// Sets calls aside in the store's ledger before they are sent.
final class LedgerMeter: CallMeter {
  private let store: FeedbackStore
  private let runID: Int64
  private let budget: Budget
  private let price: Price?
  private let party: CallParty
  /// Why nothing more may be sent.
  private let halt = Mutex(Halt())

  private struct Halt {
    /// What the ledger refused: it ends the run.
    var refusal: StoreError?
    var isOrdered = false
  }

  init(_ run: Run, party: CallParty, price: Price?) {
    store = run.store
    runID = run.runID
    budget = run.configuration.budget.limits
    self.price = price
    self.party = party
  }

  func reserve(
    calls: Int, promptTokens: Int, outputTokens: Int
  ) throws(TargetModelError) -> Int64 {
    if halt.withLock({ $0.isOrdered }) { throw .cancelled }
    do {
      return try store.reserve(
        Spending(
          calls: calls, tokens: calls * (promptTokens + outputTokens),
          cost: Double(calls) * cost(promptTokens: promptTokens, outputTokens: outputTokens)),
        run: runID, party: party, within: budget)
    } catch {
      halt.withLock { $0.refusal = $0.refusal ?? error }
      throw .budgetMet(reason: error.description)
    }
  }

  /// Lets nothing more be sent; what is under way is waited for, since it is paid for.
  func stop() { halt.withLock { $0.isOrdered = true } }

  /// What a receipt says was spent, in the store's words.
  func settlement(of receipt: CallReceipt) -> Settlement {
    Settlement(
      reservation: receipt.reservation,
      spent: Spending(
        calls: receipt.calls, tokens: receipt.promptTokens + receipt.outputTokens,
        cost: cost(promptTokens: receipt.promptTokens, outputTokens: receipt.outputTokens)))
  }

  /// What one call costs.
  func cost(promptTokens: Int, outputTokens: Int) -> Double {
    price?.cost(promptTokens: promptTokens, outputTokens: outputTokens) ?? 0
  }

  /// Ends the run where a reservation was refused.
  ///
  /// - Throws: `RunError.budgetMet` for a limit; the store's error for anything else.
  func check() throws {
    guard let error = halt.withLock({ $0.refusal }) else { return }
    if case .budgetExhausted = error { throw RunError.budgetMet(reason: error.description) }
    throw error
  }
}
