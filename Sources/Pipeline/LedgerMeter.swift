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
  /// What the ledger refused: it ends the run.
  private let refusal = Mutex<RefusedReservation?>(nil)

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
    do {
      return try store.reserve(
        Spending(
          calls: calls, tokens: calls * (promptTokens + outputTokens),
          cost: Double(calls) * cost(promptTokens: promptTokens, outputTokens: outputTokens)),
        run: runID, party: party, within: budget)
    } catch {
      refusal.withLock { $0 = $0 ?? RefusedReservation(error: error) }
      throw .budgetMet(reason: error.description)
    }
  }

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
    guard let error = refusal.withLock({ $0?.error }) else { return }
    if case .budgetExhausted = error { throw RunError.budgetMet(reason: error.description) }
    throw error
  }
}

private struct RefusedReservation {
  let error: StoreError
}
