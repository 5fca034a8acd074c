/// An array of numbers with a shape, and where wanted the record of how it was computed.
///
/// Row-major Float32. A tensor belongs to one task at a time: it is not `Sendable`, and the
/// compiler forbids sharing it. What crosses tasks is a value, such as `[Float]`.
public final class Tensor {
  /// The extent of each axis. A tensor without axes holds one number.
  public let shape: [Int]
  /// The number of elements.
  public let count: Int

  let buffer: Buffer
  let offset: Int
  /// How this tensor was computed; nil for a leaf and where nothing is recorded.
  let node: Node?
  /// Where a leaf collects its gradient; nil where none is wanted.
  let leafGradient: Gradient?
  /// A second copy of a matrix of weights, in the order in which products read it.
  let panels: Buffer?

  init(
    shape: [Int], buffer: Buffer, offset: Int = 0, node: Node? = nil, leafGradient: Gradient? = nil,
    panels: Buffer? = nil
  ) {
    self.shape = shape
    count = shape.reduce(1, *)
    self.buffer = buffer
    self.offset = offset
    self.node = node
    self.leafGradient = leafGradient
    self.panels = panels
  }

  /// A leaf with the given content.
  ///
  /// - Parameter requiresGradient: Whether `gradient` is wanted after `backward`.
  public convenience init(_ values: [Float], shape: [Int], requiresGradient: Bool = false) {
    precondition(
      values.count == shape.reduce(1, *), "tensor: \(values.count) values for shape \(shape)")
    let buffer = Buffer(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress {
        buffer.pointer.update(from: base, count: values.count)
      }
    }
    self.init(
      shape: shape, buffer: buffer,
      leafGradient: requiresGradient ? Gradient(count: values.count) : nil)
  }

  /// Whether gradients flow to or through this tensor.
  public var requiresGradient: Bool { node != nil || leafGradient != nil }

  /// The same memory as a leaf that wants no gradient: nothing is recorded for it.
  public var detached: Tensor {
    Tensor(shape: shape, buffer: buffer, offset: offset, panels: panels)
  }

  /// A copy of the content.
  public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// A copy of the gradient that `backward` collected in this leaf; nil where none was wanted.
  public var gradient: [Float]? { leafGradient?.values }

  /// Reads the content in place.
  public func withValues<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try body(UnsafeBufferPointer(start: pointer, count: count))
  }

  /// The first element. Valid while the tensor lives.
  var pointer: UnsafePointer<Float> { UnsafePointer(mutablePointer) }

  var mutablePointer: UnsafeMutablePointer<Float> { buffer.pointer + offset }

  /// The gradient that backward functions add to; nil where none is wanted.
  var gradientSink: Gradient? { node?.outputGradient ?? leafGradient }
}
