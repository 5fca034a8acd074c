"""Writes events.json: a file of events as TensorBoard's own classes write it.

Made with tensorboard 2.21.0 and protobuf 7.36.2. No random numbers.
"""

import io
import json
import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.compat.proto import types_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

TIME = 1700000000.25
SCALARS = [("objective/kl", 0.25), ("lr", 1e-5), ("loss", float("-inf")), ("zero", 0.0)]
MARKDOWN = "| größe |\n| :--- |\n" + "| x&#124;y |\n" * 20


def scalars():
    return summary_pb2.Summary(value=[
        summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in SCALARS])


def text():
    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING, tensor_shape=tensor_shape_pb2.TensorShapeProto(),
        string_val=[MARKDOWN.encode()])
    metadata = summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text"),
        data_class=summary_pb2.DATA_CLASS_TENSOR)
    return summary_pb2.Summary(value=[
        summary_pb2.Summary.Value(tag="samples", tensor=tensor, metadata=metadata)])


def main():
    start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    events = [
        event_pb2.Event(wall_time=TIME, file_version="brain.Event:2"),
        event_pb2.Event(wall_time=TIME, step=300, session_log=start),
        event_pb2.Event(wall_time=TIME, summary=scalars()),
        event_pb2.Event(step=2**40, summary=text()),
    ]
    file = io.BytesIO()
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString(deterministic=True))
    golden = {
        "time": TIME, "markdown": MARKDOWN, "records": len(events),
        "file": list(file.getvalue())}
    path = pathlib.Path(__file__).with_name("events.json")
    path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")


main()
