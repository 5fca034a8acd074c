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
  ///
  /// - Precondition: None is negative, and `cost` is finite.
  public init(calls: Int, tokens: Int = 0, cost: Double = 0) {
    precondition(
      calls >= 0 && tokens >= 0 && cost >= 0 && cost.isFinite,
      "spending: \(calls) calls, \(tokens) tokens, \(cost) in money")
    (self.calls, self.tokens, self.cost) = (calls, tokens, cost)
  }
}

/// Whom a call was made to.
public enum CallParty: String, Codable, Sendable, CaseIterable {
  /// The model that answers with a prompt.
  case target
  /// The model that writes candidates.
  case generator
  /// The model that judges answers.
  case judge
}

/// A reservation and what was really spent on it.
public struct Settlement: Sendable, Equatable {
  /// Number of the reservation.
  public let reservation: Int64
  /// What took its place.
  public let spent: Spending

  /// A settlement by its parts.
  public init(reservation: Int64, spent: Spending) {
    (self.reservation, self.spent) = (reservation, spent)
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
  /// Any number of threads may reserve at once. The time taken does not grow with the ledger.
  ///
  /// - Returns: Number of the reservation.
  /// - Throws: ``StoreError/budgetExhausted(limit:allowed:wanted:)``; then nothing is reserved.
  public func reserve(
    _ amount: Spending, run: Int64, party: CallParty = .target, within budget: Budget = Budget(),
    at time: Date = Date()
  ) throws(StoreError) -> Int64 {
    let day = Self.day(of: time)
    return try write("reserve calls") { database in
      let ofRun = try Self.spent(run: run, database).adding(amount)
      let ofDay = try Self.spent(day: day, database).adding(amount)
      for limit in Budget.Limit.allCases {
        guard let allowed = budget.limits[limit] else { continue }
        let wanted = limit.value(run: ofRun, day: ofDay)
        guard wanted <= allowed else {
          throw StoreError.budgetExhausted(limit: limit, allowed: allowed, wanted: wanted)
        }
      }
      let insert = try database.cachedStatement(
        sql: """
          INSERT INTO call (runId, day, status, party, reservedAt, calls, tokens, cost)
          VALUES (?, ?, 'reserved', ?, ?, ?, ?, ?)
          """)
      try insert.execute(arguments: [
        run, day, party.rawValue, time.ISO8601Format(), amount.calls, amount.tokens, amount.cost,
      ])
      return database.lastInsertedRowID
    }
  }

  /// Replaces a reservation by what was really spent.
  ///
  /// - Throws: ``StoreError/notReserved(id:)`` when it is unknown or settled.
  public func settle(_ reservation: Int64, spent: Spending) throws(StoreError) {
    let settlement = Settlement(reservation: reservation, spent: spent)
    try write("settle calls") { try Self.settle(settlement, $0) }
  }

  static func settle(_ settlement: Settlement, _ database: Database) throws {
    let (id, spent) = (settlement.reservation, settlement.spent)
    let update = try database.cachedStatement(
      sql: """
        UPDATE call SET status = 'settled', calls = ?, tokens = ?, cost = ?
        WHERE id = ? AND status = 'reserved'
        """)
    try update.execute(arguments: [spent.calls, spent.tokens, spent.cost, id])
    guard database.changesCount == 1 else { throw StoreError.notReserved(id: id) }
  }

  /// What a run has spent and reserved, on all days.
  public func spending(run: Int64) throws(StoreError) -> Spending {
    try read("add up the ledger") { try Self.spent(run: run, $0).spending }
  }

  /// What all runs have spent and reserved on the day (UTC) of `time`.
  public func spending(day time: Date) throws(StoreError) -> Spending {
    try read("add up the ledger") { try Self.spent(day: Self.day(of: time), $0).spending }
  }

  private static func spent(run: Int64, _ database: Database) throws -> LedgerTotal {
    try LedgerTotal.fetch("runId = ?", run, database)
  }

  private static func spent(day: String, _ database: Database) throws -> LedgerTotal {
    try LedgerTotal.fetch("day = ?", day, database)
  }

  private static func day(of time: Date) -> String {
    time.formatted(.iso8601.year().month().day())
  }
}

/// A sum of the ledger. Money is added in whole billionths of its unit: sums are then exact, and
/// ten times 0.1 is within a limit of 1.
struct LedgerTotal {
  var calls, tokens, costBillionths: Int

  var spending: Spending {
    Spending(calls: calls, tokens: tokens, cost: Double(costBillionths) / 1e9)
  }

  func adding(_ amount: Spending) -> Spending {
    let cost = costBillionths + Int((amount.cost * 1e9).rounded())
    return Spending(
      calls: calls + amount.calls, tokens: tokens + amount.tokens, cost: Double(cost) / 1e9)
  }

  static func fetch(
    _ condition: String, _ value: some DatabaseValueConvertible, _ database: Database
  ) throws -> LedgerTotal {
    let find = try database.cachedStatement(
      sql: """
        SELECT ifnull(sum(calls), 0), ifnull(sum(tokens), 0), ifnull(sum(costBillionths), 0)
        FROM spending WHERE \(condition)
        """)
    let row = try Row.fetchOne(find, arguments: [value])
    return LedgerTotal(
      calls: row?[0] ?? 0, tokens: row?[1] ?? 0, costBillionths: row?[2] ?? 0)
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
