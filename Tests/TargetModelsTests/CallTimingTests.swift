import Foundation
import TargetModels
import TestSupport
import Testing

/// When calls are sent, on a clock of the tests' own.
@Suite struct CallTimingTests {
  private let start = ContinuousClock.now

  private func at(_ seconds: Double) -> ContinuousClock.Instant {
    start.advanced(by: .seconds(seconds))
  }

  @Test func backoffsDoubleUpToTheirBound() {
    let policy = RetryPolicy(firstSeconds: 0.5, maximumSeconds: 3)
    for (failures, bound) in [(1, 0.5), (2, 1), (3, 2), (4, 3), (60, 3), (5000, 3)] {
      let waits = (0..<500).map { _ in policy.backoff(failures: failures) / .seconds(1) }
      #expect(waits.allSatisfy { (0...bound).contains($0) })
      // Of 500 uniform draws, none below or above a fifth has a chance of 10⁻⁴⁸.
      #expect(waits.contains { $0 < bound / 5 } && waits.contains { $0 > bound * 4 / 5 })
    }
  }

  @Test func retryAfterIsSecondsOrADate() {
    let now = Date(timeIntervalSince1970: 1_445_412_480)  // 21 October 2015, 07:28:00
    func wait(_ header: String) -> Duration? { RetryPolicy.retryAfter(header, now: now) }
    #expect(wait("0") == .zero)
    #expect(wait(" 12 ") == .seconds(12))
    #expect(wait("0.25") == .seconds(0.25))
    #expect(wait("Wed, 21 Oct 2015 07:28:30 GMT") == .seconds(30))
    #expect(wait("Wed, 21 Oct 2015 07:27:30 GMT") == .zero, "the date has passed")
    #expect(wait("86400") == .seconds(600), "bounded")
    #expect(wait("Fri, 01 Jan 2038 00:00:00 GMT") == .seconds(600))
    #expect(wait("-5") == .zero)
    for header in ["", "soon", "nan", "inf"] { #expect(wait(header) == nil, "\(header)") }
  }

  @Test func callsGoToTheEndpointWithTheFewestUnderWay() throws {
    var choice = EndpointChoice(
      count: 3, policy: RetryPolicy(firstSeconds: 1, maximumSeconds: 1))
    var leases: [EndpointChoice.Lease] = []
    for _ in 0..<6 { leases.append(try #require(take(&choice, at: 0))) }
    #expect(leases.map(\.endpoint) == [0, 1, 2, 0, 1, 2])
    choice.release(leases[4], .answers, at: at(1))
    #expect(take(&choice, at: 1)?.endpoint == 1)
    for lease in leases where lease.endpoint == 2 { choice.release(lease, .unknown, at: at(1)) }
    #expect(take(&choice, at: 1)?.endpoint == 2)
    #expect(take(&choice, at: 1)?.endpoint == 2)
  }

  @Test func anEndpointIsLeftAsideAsLongAsItAsks() throws {
    var choice = EndpointChoice(
      count: 2, policy: RetryPolicy(firstSeconds: 1e-9, maximumSeconds: 1e-9))
    let (first, second) = (
      try #require(take(&choice, at: 0)), try #require(take(&choice, at: 0))
    )
    choice.release(first, .pause(.seconds(5)), at: at(1))
    for _ in 0..<4 { #expect(take(&choice, at: 5.9)?.endpoint == 1) }
    choice.release(second, .pause(.seconds(2)), at: at(5.9))
    #expect(take(&choice, at: 5.95) == nil, "both are left aside")
    let end = try #require(choice.nextLook(at: at(5.95)))
    #expect(end >= at(6) && end < at(6.001), "the first that is free again")
    #expect(choice.nextLook(at: at(6)) == nil)
    #expect(take(&choice, at: 6)?.endpoint == 0)
  }

  @Test func attemptsThatFailTogetherAreOneFailure() throws {
    // With a first wait of 1 s and no bound, the tenth failure in a row could wait 512 s.
    for _ in 0..<50 {
      var choice = EndpointChoice(
        count: 1, policy: RetryPolicy(firstSeconds: 1, maximumSeconds: 1e6))
      let leases = (0..<10).compactMap { _ in take(&choice, at: 0) }
      for lease in leases { choice.release(lease, .pause(nil), at: at(1)) }
      #expect(take(&choice, at: 2.01) != nil)
    }
  }

  private func take(
    _ choice: inout EndpointChoice, at seconds: Double
  ) -> EndpointChoice.Lease? {
    choice.take(at: at(seconds))
  }

  @Test func aPauseLastsAtLeastTheBackoff() throws {
    // Of 200 uniform waits up to 8 s, none beyond a second has a chance of 10⁻¹⁸⁰.
    var waits = 0
    for _ in 0..<200 {
      var choice = EndpointChoice(
        count: 1, policy: RetryPolicy(firstSeconds: 8, maximumSeconds: 8))
      choice.release(try #require(take(&choice, at: 0)), .pause(.zero), at: at(0))
      if take(&choice, at: 1) == nil { waits += 1 }
      #expect(take(&choice, at: 8.01) != nil)
      #expect(!choice.leavesAside(.pause(.zero), for: .seconds(1)))
      #expect(choice.leavesAside(.pause(.seconds(2)), for: .seconds(1)))
      #expect(choice.leavesAside(.pause(nil), for: .seconds(1)))
    }
    #expect(waits > 0)
  }

  @Test func whoWaitsForAnEndpointComesBackAtATimeOfTheirOwn() throws {
    var choice = EndpointChoice(
      count: 1, policy: RetryPolicy(firstSeconds: 1, maximumSeconds: 1))
    choice.release(try #require(take(&choice, at: 0)), .pause(.seconds(5)), at: at(0))
    let looks = try (0..<100).map { _ in try #require(choice.nextLook(at: at(1))) }
    #expect(Set(looks).count > 90)
    #expect(looks.allSatisfy { $0 >= at(5) && $0 <= at(6.001) })
  }

  @Test func anEndpointThatFailsIsLeftAsideWhereThereIsAnother() throws {
    for count in [1, 2] {
      var choice = EndpointChoice(
        count: count, policy: RetryPolicy(firstSeconds: 1000, maximumSeconds: 1000))
      let lease = try #require(take(&choice, at: 0))
      choice.release(lease, .fails, at: at(0))
      let next = (0..<3).compactMap { _ in take(&choice, at: 1e-3)?.endpoint }
      // A wait of less than a thousandth of a second has a chance of 10⁻⁶.
      #expect(next == (count == 1 ? [0, 0, 0] : [1, 1, 1]))
      #expect(choice.leavesAside(.fails, for: .seconds(1)) == (count == 2))
    }
  }

  @Test func aWindowLetsItsLimitThrough() {
    var window = SlidingWindow(limit: 3, length: .seconds(60))
    func admit(_ cost: Int, _ seconds: Double) -> ContinuousClock.Instant {
      let instant = window.earliest(for: cost, at: at(seconds))
      window.record(cost, at: instant)
      return instant
    }
    #expect([0, 1, 2].map { admit(1, $0) } == [at(0), at(1), at(2)])
    #expect(admit(1, 3) == at(60))
    #expect(admit(2, 3) == at(62), "after those before it")
    #expect(admit(10, 3) == at(122), "more than the limit goes alone")
    #expect(admit(1, 3) == at(182))
    #expect(admit(3, 1000) == at(1000))
  }

  @Test func noStretchHoldsMoreThanTheLimit() {
    var random = SeededGenerator(seed: 8)
    for limit in [1, 7, 40] {
      var window = SlidingWindow(limit: limit, length: .seconds(10))
      var sent: [(ContinuousClock.Instant, Int)] = []
      var now = 0.0
      for _ in 0..<3000 {
        now += Double.random(in: 0...0.3, using: &random)
        let cost = Int.random(in: 1...max(1, limit / 3), using: &random)
        let instant = window.earliest(for: cost, at: at(now))
        window.record(cost, at: instant)
        #expect(instant >= at(now) && instant >= sent.last?.0 ?? instant)
        sent.append((instant, cost))
      }
      var (first, inside) = (0, 0)
      for (instant, cost) in sent {
        inside += cost
        while sent[first].0.advanced(by: .seconds(10)) <= instant {
          inside -= sent[first].1
          first += 1
        }
        #expect(inside <= limit)
      }
    }
  }

  @Test func bothRateLimitsHold() {
    var settings = ConnectionSettings.quick()
    settings.requestsPerMinute = 4
    settings.tokensPerMinute = 100
    var limits = RateLimits(settings)
    let sent = [30, 30, 30, 30, 1, 1].map { limits.admit(tokens: $0, at: at(0)) }
    #expect(sent == [at(0), at(0), at(0), at(60), at(60), at(60)])
    #expect(limits.admit(tokens: 1, at: at(0)) == at(60))
    #expect(limits.admit(tokens: 1, at: at(0)) == at(120), "four requests a minute")
    var unlimited = RateLimits(.quick())
    #expect(unlimited.admit(tokens: 1_000_000, at: at(7)) == at(7))
  }
}
