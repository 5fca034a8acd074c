/// What TensorBoard reads: one event of a run, as a message of Protocol Buffers.
///
/// Source: `event.proto`, `summary.proto` and `tensor.proto` of TensorBoard, whose field numbers the
/// writing functions name.
public struct TensorBoardEvent: Sendable {
  /// What happened.
  public enum Content: Sendable {
    /// The first event of every file. From version 2 on, a start of session takes back what came
    /// before.
    case fileVersion
    /// Metrics of a step, by their tags; one that is not finite is shown as such.
    case scalars([(name: String, value: Float)])
    /// A text in Markdown.
    case text(tag: String, markdown: String)
    /// The run begins again at this event's step: what other events say of it and later ones does
    /// not count any more.
    case sessionStart
  }

  /// Seconds since 1970.
  public var time: Double
  /// The step of the run.
  public var step: Int
  /// What happened.
  public var content: Content

  /// An event at a time.
  public init(time: Double, step: Int, _ content: Content) {
    (self.time, self.step, self.content) = (time, step, content)
  }

  /// The message `Event`.
  public var serialized: [UInt8] {
    var event = ProtobufWriter()
    if time != 0 { event.write(time, field: 1) }  // wall_time
    if step != 0 { event.write(step, field: 2) }  // step
    switch content {
    case .fileVersion: event.write("brain.Event:2", field: 3)  // file_version
    case .scalars(let values):
      event.write(field: 5) { summary in  // summary
        for (tag, value) in values { summary.writeScalar(value, tag: tag) }
      }
    case .text(let tag, let markdown):
      event.write(field: 5) { $0.writeText(markdown, tag: tag) }  // summary
    case .sessionStart:
      event.write(field: 7) { $0.write(1, field: 1) }  // session_log: status = START
    }
    return event.bytes
  }
}

/// Values of the message `Summary`.
extension ProtobufWriter {
  /// A plain `simple_value`: every version of TensorBoard, and every script that reads event files,
  /// takes it for a scalar.
  fileprivate mutating func writeScalar(_ value: Float, tag: String) {
    write(field: 1) { entry in  // value
      entry.write(tag, field: 1)  // tag
      entry.write(value, field: 2)  // simple_value
    }
  }

  /// A tensor of one string, with the plugin that shows it.
  fileprivate mutating func writeText(_ text: String, tag: String) {
    write(field: 1) { entry in  // value
      entry.write(tag, field: 1)  // tag
      entry.write(field: 8) { tensor in  // tensor
        tensor.write(7, field: 1)  // dtype = DT_STRING
        tensor.write(field: 2) { _ in }  // tensor_shape: no axis
        tensor.write(text, field: 8)  // string_val
      }
      entry.write(field: 9) { metadata in  // metadata
        metadata.write(field: 1) { $0.write("text", field: 1) }  // plugin_data: plugin_name
        metadata.write(2, field: 4)  // data_class = DATA_CLASS_TENSOR
      }
    }
  }
}
