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

  @Test func threadsThatReserveAtOnceNeverPassTheLimit() async throws {
    try await withTemporaryFile { file in
      let store = try FeedbackStore(at: file)
      let run = try run(store)
      let budget = Budget(limits: [.callsPerRun: 100, .tokensPerDay: 1900, .costPerRun: 9.5])
      let granted = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            var granted = 0
            for _ in 0..<20 {
              do {
                let amount = Spending(calls: 1, tokens: 20, cost: 0.1)
                let id = try store.reserve(amount, run: run, within: budget, at: monday)
                granted += 1
                if granted % 2 == 0 { try store.settle(id, spent: amount) }
              } catch StoreError.budgetExhausted {}
            }
            return granted
          }
        }
        return try await group.reduce(0, +)
      }
      // The tokens of the day and the money of the run end with the same call.
      #expect(granted == 95)
      let spent = Spending(calls: 95, tokens: 1900, cost: 9.5)
      #expect(try store.spending(run: run) == spent)
      #expect(try store.spending(day: monday) == spent)
    }
  }

  @Test func moneyIsAddedWithoutRounding() throws {
    let store = try FeedbackStore()
    let run = try run(store)
    let budget = Budget(limits: [.costPerRun: 0.3])
    for _ in 0..<3 {
      _ = try store.reserve(Spending(calls: 1, cost: 0.1), run: run, within: budget, at: monday)
    }
    #expect(try store.spending(run: run).cost == 0.3)
    #expect(throws: StoreError.budgetExhausted(limit: .costPerRun, allowed: 0.3, wanted: 0.3001)) {
      try store.reserve(Spending(calls: 1, cost: 0.0001), run: run, within: budget, at: monday)
    }
  }

  @Test func theLedgerTellsDaysAndPartiesApart() throws {
    let store = try FeedbackStore()
    let (one, two) = (try run(store), try run(store, "other"))
    let tuesday = monday.addingTimeInterval(86_400)
    let amount = Spending(calls: 2, tokens: 30, cost: 0.5)
    let id = try store.reserve(amount, run: one, at: monday)
    _ = try store.reserve(amount, run: two, at: monday)
    _ = try store.reserve(amount, run: one, party: .generator, at: tuesday)
    try store.settle(id, spent: Spending(calls: 1, tokens: 10, cost: 0.25))
    #expect(
      try store.dailySpending() == [
        DailySpending(
          day: "2023-11-14", party: .target,
          spending: Spending(calls: 3, tokens: 40, cost: 0.75)),
        DailySpending(day: "2023-11-15", party: .generator, spending: amount),
      ])
    #expect(try store.spending(run: one) == Spending(calls: 3, tokens: 40, cost: 0.75))
    #expect(try store.spending(day: tuesday) == amount)
    #expect(try store.spending(day: tuesday.addingTimeInterval(86_400)) == Spending(calls: 0))
  }

  @Test func rowsAndSettlementsAreStoredTogetherOrNotAtAll() throws {
    let world = try World()
    let run = try run(world.store)
    let id = try world.store.reserve(Spending(calls: 5), run: run, at: monday)
    let settlement = Settlement(reservation: id, spent: Spending(calls: 1, tokens: 12))
    let good = world.row(world.train, world.examples[0], score: 1)
    let stranger = world.row(999, world.examples[0], score: 1)
    #expect(throws: StoreError.self) {
      try world.store.record([good, stranger], settling: [settlement])
    }
    #expect(try world.store.spending(run: run) == Spending(calls: 5))
    let unknown = Settlement(reservation: 77, spent: Spending(calls: 1))
    #expect(throws: StoreError.notReserved(id: 77)) {
      try world.store.record([good], settling: [settlement, unknown])
    }
    #expect(try world.store.statistics()[0].answered == 0)
    #expect(try world.store.record([good], settling: [settlement]) == 1)
    #expect(try world.store.spending(run: run) == Spending(calls: 1, tokens: 12))
  }

  @Test func amountsAreNotNegative() async {
    await #expect(processExitsWith: .failure) { _ = Spending(calls: -1) }
    await #expect(processExitsWith: .failure) { _ = Spending(calls: 1, cost: .nan) }
  }
}
