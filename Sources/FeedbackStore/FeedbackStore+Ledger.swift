import Foundation
import GRDB

/// What was spent, or may be.
public struct Spending: Sendable, Equatable {
  /// Calls of a target or generator.
  public let calls: Int
  /// Tokens read and written.
  public let tokens: Int
  /// Money, in the unit of the budget.
  public let cost: Double

  /// An amount by its parts.
  public init(calls: Int, tokens: Int = 0, cost: Double = 0) {
    (self.calls, self.tokens, self.cost) = (calls, tokens, cost)
  }
}

/// Hard limits of one run and of one day (UTC) over all runs; nil is no limit.
public struct Budget: Sendable, Equatable {
  /// The limits that a reservation can meet.
  public enum Limit: String, Sendable, CaseIterable {
    case callsPerRun, tokensPerRun, costPerRun, callsPerDay, tokensPerDay, costPerDay

    var words: String {
      switch self {
      case .callsPerRun: "calls for the run"
      case .tokensPerRun: "tokens for the run"
      case .costPerRun: "in money for the run"
      case .callsPerDay: "calls for the day"
      case .tokensPerDay: "tokens for the day"
      case .costPerDay: "in money for the day"
      }
    }
  }

  /// The limits that are set.
  public let limits: [Limit: Double]

  /// A budget by its limits; none set allows everything.
  public init(limits: [Limit: Double] = [:]) { self.limits = limits }
}

extension FeedbackStore {
  /// Sets `amount` aside before calls are sent. What is reserved counts as spent until it is
  /// settled, so that a run that was killed cannot pass its budget when it is resumed.
  ///
  /// - Returns: Number of the reservation.
  /// - Throws: ``StoreError/budgetExhausted(limit:allowed:wanted:)``; then nothing is reserved.
  public func reserve(
    _ amount: Spending, run: Int64, within budget: Budget = Budget(), at time: Date = Date()
  ) throws(StoreError) -> Int64 {
    let day = Self.day(of: time)
    return try write("reserve calls") { database in
      let ofRun = try Self.sum(database, "runId = ?", [run])
      let ofDay = try Self.sum(database, "day = ?", [day])
      for limit in Budget.Limit.allCases {
        guard let allowed = budget.limits[limit] else { continue }
        let wanted = limit.value(run: ofRun, day: ofDay) + limit.value(run: amount, day: amount)
        guard wanted <= allowed else {
          throw StoreError.budgetExhausted(limit: limit, allowed: allowed, wanted: wanted)
        }
      }
      try database.execute(
        sql: """
          INSERT INTO call (runId, day, status, calls, tokens, cost)
          VALUES (?, ?, 'reserved', ?, ?, ?)
          """, arguments: [run, day, amount.calls, amount.tokens, amount.cost])
      return database.lastInsertedRowID
    }
  }

  /// Replaces a reservation by what was really spent.
  ///
  /// - Throws: ``StoreError/notReserved(id:)`` when it is unknown or settled.
  public func settle(_ reservation: Int64, spent: Spending) throws(StoreError) {
    try write("settle calls") { database in
      try database.execute(
        sql: """
          UPDATE call SET status = 'settled', calls = ?, tokens = ?, cost = ?
          WHERE id = ? AND status = 'reserved'
          """, arguments: [spent.calls, spent.tokens, spent.cost, reservation])
      guard database.changesCount == 1 else { throw StoreError.notReserved(id: reservation) }
    }
  }

  /// What a run has spent and reserved.
  public func spending(run: Int64) throws(StoreError) -> Spending {
    try read("add up the ledger") { try Self.sum($0, "runId = ?", [run]) }
  }

  private static func sum(
    _ database: Database, _ condition: String, _ arguments: StatementArguments
  ) throws -> Spending {
    let row = try Row.fetchOne(
      database,
      sql: """
        SELECT ifnull(sum(calls), 0) AS calls, ifnull(sum(tokens), 0) AS tokens,
          total(cost) AS cost FROM call WHERE \(condition)
        """, arguments: arguments)
    return Spending(
      calls: row?["calls"] ?? 0, tokens: row?["tokens"] ?? 0, cost: row?["cost"] ?? 0)
  }

  private static func day(of time: Date) -> String {
    time.formatted(.iso8601.year().month().day())
  }
}

extension Budget.Limit {
  fileprivate func value(run: Spending, day: Spending) -> Double {
    switch self {
    case .callsPerRun: Double(run.calls)
    case .tokensPerRun: Double(run.tokens)
    case .costPerRun: run.cost
    case .callsPerDay: Double(day.calls)
    case .tokensPerDay: Double(day.tokens)
    case .costPerDay: day.cost
    }
  }
}
