import FeedbackStore
import Foundation
import Testing

@Suite struct LedgerTests {
  private let monday = Date(timeIntervalSince1970: 1_700_000_000)

  private func run(_ store: FeedbackStore, _ name: String = "quickstart") throws -> Int64 {
    try store.upsert(run: name, seed: .max, configHash: "c", startedAt: monday)
  }

  @Test func aResumedRunKeepsItsNumber() throws {
    let store = try FeedbackStore()
    let first = try run(store)
    #expect(try run(store) == first)
    #expect(try run(store, "other") != first)
  }

  @Test func reservationsCountUntilTheyAreSettled() throws {
    let store = try FeedbackStore()
    let run = try run(store)
    let id = try store.reserve(Spending(calls: 10, tokens: 1000, cost: 2), run: run, at: monday)
    #expect(try store.spending(run: run) == Spending(calls: 10, tokens: 1000, cost: 2))
    try store.settle(id, spent: Spending(calls: 9, tokens: 700, cost: 1.5))
    #expect(try store.spending(run: run) == Spending(calls: 9, tokens: 700, cost: 1.5))
    #expect(throws: StoreError.notReserved(id: id)) {
      try store.settle(id, spent: Spending(calls: 0))
    }
  }

  @Test func budgetsAreHard() throws {
    let store = try FeedbackStore()
    let (one, two) = (try run(store), try run(store, "other"))
    let budget = Budget(limits: [.callsPerRun: 100, .callsPerDay: 120])
    _ = try store.reserve(Spending(calls: 100), run: one, within: budget, at: monday)
    let error = #expect(throws: StoreError.self) {
      try store.reserve(Spending(calls: 1), run: one, within: budget, at: monday)
    }
    #expect(
      error?.description == "the budget of 100 calls for the run would be passed: 101 wanted")
    #expect(throws: StoreError.budgetExhausted(limit: .callsPerDay, allowed: 120, wanted: 130)) {
      try store.reserve(Spending(calls: 30), run: two, within: budget, at: monday)
    }
    let tuesday = monday.addingTimeInterval(86_400)
    _ = try store.reserve(Spending(calls: 30), run: two, within: budget, at: tuesday)
    #expect(try store.spending(run: two).calls == 30)
  }
}
