/// Where a model's tensors come from, by their names.
public protocol TensorSource {
  /// Shape of a tensor, or nil where there is none of that name.
  func shape(of name: String) -> [Int]?

  /// Reads a tensor as Float, row-major.
  ///
  /// - Throws: It is missing, of a type that is not read, or has another number of elements than
  ///   `values`.
  func read(
    _ name: String, into values: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError)
}

extension Safetensors: TensorSource {}
