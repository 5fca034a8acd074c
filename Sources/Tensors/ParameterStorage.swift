import Foundation

/// The parameters of a model in one flat piece of memory, and their gradients in another, which is
/// taken when the first gradient arrives or is asked for.
///
/// Flat storage lets the optimizer, clipping, copies and snapshots run in one pass without knowing
/// the model.
public final class ParameterStorage {
  /// One parameter: its name, shape and place.
  public struct Entry: Sendable, Equatable {
    /// The name, unique in its storage.
    public let name: String
    /// The shape; parameters with two axes are matrices.
    public let shape: [Int]
    /// Where its elements lie.
    public let range: Range<Int>
  }

  /// All parameters in order.
  public let entries: [Entry]
  /// The number of elements of all parameters.
  public let count: Int
  private let weights: Buffer
  private let gradients: SharedGradients
  private let tensors: [String: Tensor]

  /// Zeros for every parameter of the layout.
  ///
  /// - Precondition: Names are unique.
  public convenience init(_ layout: [(name: String, shape: [Int])]) {
    let entries = Self.entries(of: layout)
    let weights = Buffer(count: entries.last?.range.upperBound ?? 0)
    weights.pointer.update(repeating: 0, count: entries.last?.range.upperBound ?? 0)
    self.init(entries, weights)
  }

  /// The parameters of the layout as they lie in a file, little-endian and without gaps: its pages are
  /// the memory, until they are written to. The file is never changed.
  ///
  /// nil where the file cannot be mapped, or ends before the last parameter.
  ///
  /// - Parameter byteOffset: Where the first one begins.
  /// - Precondition: Names are unique; `byteOffset` is not negative and a multiple of 4.
  package convenience init?(
    _ layout: [(name: String, shape: [Int])], in file: OpenFile, byteOffset: Int
  ) {
    let entries = Self.entries(of: layout)
    let count = entries.last?.range.upperBound ?? 0
    guard let mapping = FileMapping(file, isWritable: true),
      byteOffset <= mapping.count - count * MemoryLayout<Float>.stride
    else { return nil }
    self.init(entries, Buffer(mapping, byteOffset: byteOffset, count: count))
  }

  private init(_ entries: [Entry], _ weights: Buffer) {
    let end = entries.last?.range.upperBound ?? 0
    let gradients = SharedGradients(count: end)
    tensors = Dictionary(
      uniqueKeysWithValues: entries.map { entry in
        let sink = Gradient(
          count: entry.range.count, in: gradients, offset: entry.range.lowerBound)
        return (
          entry.name,
          Tensor(
            shape: entry.shape, buffer: weights, offset: entry.range.lowerBound, leafGradient: sink)
        )
      })
    self.entries = entries
    self.weights = weights
    self.gradients = gradients
    count = end
  }

  private static func entries(of layout: [(name: String, shape: [Int])]) -> [Entry] {
    var end = 0
    return layout.map { name, shape in
      let start = end
      end += shape.reduce(1, *)
      return Entry(name: name, shape: shape, range: start..<end)
    }
  }

  /// The parameter of that name, as a leaf whose gradient lies in this storage.
  ///
  /// - Precondition: The layout has the name.
  public subscript(name: String) -> Tensor {
    guard let tensor = tensors[name] else { preconditionFailure("no parameter '\(name)'") }
    return tensor
  }

  /// Forgets all gradients.
  public func zeroGradients() { gradients.taken?.pointer.update(repeating: 0, count: count) }

  /// Whether memory for gradients was taken.
  package var hasGradients: Bool { gradients.taken != nil }

  /// A copy of all elements.
  public var snapshot: [Float] {
    get { Array(UnsafeBufferPointer(start: weights.pointer, count: count)) }
    set {
      precondition(newValue.count == count, "snapshot of \(newValue.count) for \(count) parameters")
      newValue.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { weights.pointer.update(from: base, count: count) }
      }
    }
  }

  /// Takes over the elements of every parameter that the other storage has under the same name.
  ///
  /// - Precondition: Their shapes agree.
  public func copyParameters(from other: ParameterStorage) {
    for entry in entries {
      guard let source = other.tensors[entry.name] else { continue }
      precondition(
        source.shape == entry.shape,
        "parameter '\(entry.name)' of \(source.shape) for \(entry.shape)")
      (weights.pointer + entry.range.lowerBound).update(from: source.pointer, count: source.count)
    }
  }

  /// Reads or writes all weights in place, in the order of `entries`.
  public func withWeights<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try body(UnsafeMutableBufferPointer(start: weights.pointer, count: count))
  }

  /// Reads or writes all weights and gradients in place, in the order of `entries`.
  public func withBuffers<Result>(
    _ body: (
      _ weights: UnsafeMutableBufferPointer<Float>, _ gradients: UnsafeMutableBufferPointer<Float>
    ) throws -> Result
  ) rethrows -> Result {
    try body(
      UnsafeMutableBufferPointer(start: weights.pointer, count: count),
      UnsafeMutableBufferPointer(start: gradients.buffer().pointer, count: count))
  }

  /// Sum of the squares of all gradients. Partial sums have a fixed size, so that the result does
  /// not depend on the number of threads.
  public var squaredGradientNorm: Double {
    guard let gradients = gradients.taken else { return 0 }
    let block = 4096
    let blocks = (count + block - 1) / block
    let g = gradients.pointer
    return withScratch(count: max(1, blocks)) { sums in
      inParallel(blocks, grain: 8) { range in
        for index in range {
          let first = index * block
          sums[index] = dot(g + first, g + first, count: min(block, count - first))
        }
      }
      return (0..<blocks).reduce(0.0) { $0 + Double(sums[$1]) }
    }
  }
}
