/// The gradient of one tensor while `backward` collects it, or of a leaf for longer.
final class Gradient {
  let count: Int
  private var buffer: Buffer?
  private let shared: SharedGradients?
  private let offset: Int

  /// A gradient that takes its memory when the first term arrives.
  init(count: Int) {
    self.count = count
    shared = nil
    offset = 0
  }

  /// A gradient that lives in the memory of many, which holds zeros or earlier terms.
  init(count: Int, in shared: SharedGradients, offset: Int) {
    self.count = count
    self.shared = shared
    self.offset = offset
  }

  /// Whether no term has arrived.
  var isEmpty: Bool { buffer == nil && shared?.taken == nil }

  var values: [Float] {
    guard let buffer = buffer ?? shared?.taken else { return [Float](repeating: 0, count: count) }
    return Array(UnsafeBufferPointer(start: buffer.pointer + offset, count: count))
  }

  /// Memory to add a term to: zeros, or the sum of the earlier terms.
  func accumulator() -> UnsafeMutablePointer<Float> {
    let (pointer, isFresh) = target()
    if isFresh { pointer.update(repeating: 0, count: count) }
    return pointer
  }

  /// Memory to write a term to. A fresh one holds anything and must be written whole; the other
  /// holds the earlier terms and must be added to.
  func target() -> (pointer: UnsafeMutablePointer<Float>, isFresh: Bool) {
    if let buffer = buffer ?? shared?.buffer() { return (buffer.pointer + offset, false) }
    let new = Buffer(count: count)
    buffer = new
    return (new.pointer, true)
  }

  /// Adds the whole gradient of a result to this one, which has the same count. Where nothing
  /// arrived here yet, the memory changes hands instead: its giver must be done with it.
  func add(_ upstream: Gradient) {
    precondition(upstream.count == count, "gradient: \(upstream.count) terms for \(count)")
    if buffer == nil, shared == nil, upstream.shared == nil {
      buffer = upstream.buffer
      upstream.buffer = nil
      return
    }
    let (target, source) = (accumulator(), UnsafePointer(upstream.accumulator()))
    inParallel(count, grain: 1 << 14) { range in
      addScaled(target + range.lowerBound, source + range.lowerBound, 1, count: range.count)
    }
  }

  func release() { buffer = nil }
}

/// Memory for the gradients of many leaves, taken when the first term arrives: weights that are never
/// trained cost none.
final class SharedGradients {
  private let count: Int
  /// The memory, where it was taken.
  private(set) var taken: Buffer?

  init(count: Int) { self.count = count }

  /// The memory: zeros, or the sum of what arrived.
  func buffer() -> Buffer {
    if let taken { return taken }
    let new = Buffer(count: count)
    new.pointer.update(repeating: 0, count: count)
    taken = new
    return new
  }
}

/// One operation in the record: what it read, and how its gradient flows back.
final class Node {
  /// One more than the deepest input: inputs always come before what uses them.
  let depth: Int
  let outputGradient: Gradient
  private(set) var inputs: [Node]
  private var backward: ((Gradient) -> Void)?

  init(
    inputs: [Tensor], outputCount: Int, backward: @escaping (Gradient) -> Void
  ) {
    self.inputs = inputs.compactMap(\.node)
    depth = 1 + (self.inputs.map(\.depth).max() ?? 0)
    outputGradient = Gradient(count: outputCount)
    self.backward = backward
  }

  /// Passes the collected gradient on, then lets go of it and of all that was saved for it.
  func run() {
    if !outputGradient.isEmpty { backward?(outputGradient) }
    outputGradient.release()
    backward = nil
    inputs = []
  }
}

/// Whether operations are recorded for `backward`, in the current task.
enum Recording {
  @TaskLocal static var isEnabled = true
}

/// Runs `body` without recording: for rollouts and evaluation.
public func withoutGradient<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Recording.$isEnabled.withValue(false, operation: body)
}

extension Tensor {
  /// The result of an operation, recorded where some input wants a gradient.
  ///
  /// - Parameter backward: Receives the gradient of the result and adds to those of the inputs. It
  ///   is the last to read that gradient and may overwrite it.
  static func result(
    shape: [Int], buffer: Buffer, inputs: [Tensor],
    backward: @escaping (_ upstream: Gradient) -> Void
  ) -> Tensor {
    guard Recording.isEnabled, inputs.contains(where: \.requiresGradient) else {
      return Tensor(shape: shape, buffer: buffer)
    }
    let node = Node(inputs: inputs, outputCount: shape.reduce(1, *), backward: backward)
    return Tensor(shape: shape, buffer: buffer, node: node)
  }

  /// Adds to the gradient of every leaf that this tensor was computed from.
  ///
  /// The record is consumed: a second call on the same tensor does nothing.
  ///
  /// - Parameter upstream: Gradient of the loss with respect to this tensor, of the same count.
  public func backward(_ upstream: [Float]) {
    precondition(upstream.count == count, "backward: \(upstream.count) values for \(shape)")
    guard let sink = gradientSink, count > 0 else { return }
    let accumulator = sink.accumulator()
    for index in 0..<count { accumulator[index] += upstream[index] }
    runRecord()
  }

  /// The same with a gradient that is handed over.
  func backward(_ upstream: Gradient) {
    guard let sink = gradientSink, count > 0 else { return }
    sink.add(upstream)
    runRecord()
  }

  private func runRecord() {
    guard let node else { return }
    for node in Self.record(endingAt: node) { node.run() }
  }

  /// Every node that `last` depends on, users before what they use.
  private static func record(endingAt last: Node) -> [Node] {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(last)]
    var found = [last]
    var next = 0
    while next < found.count {
      for input in found[next].inputs where seen.insert(ObjectIdentifier(input)).inserted {
        found.append(input)
      }
      next += 1
    }
    return found.sorted { $0.depth > $1.depth }
  }
}
