"""Golden values of the safetensors reader and writer, from the reference library.

    pip install safetensors==0.8.0 numpy==2.4.6 ml_dtypes==0.6.0
    python reference.py

Writes reference.safetensors and reference.json (each tensor's shape and its values in float64),
and checks that the library reads written-*.safetensors, which are what `Safetensors.write` gives
for the tensors in `SafetensorsTests.swift`.
"""

import json
from pathlib import Path

import ml_dtypes
import numpy
from safetensors import safe_open
from safetensors.numpy import save_file

FOLDER = Path(__file__).parent
SEED = 4
random = numpy.random.default_rng(SEED)
extremes = [0.0, -0.0, 1.0, -1.0, 65504.0, 6e-8, 6.1e-5, -3.14159, 1e-3, 255.5]
tensors = {
    "block.0.weight": random.normal(size=(3, 5)).astype(numpy.float32),
    "half": numpy.array(extremes + [numpy.inf, -numpy.inf]).astype(numpy.float16),
    "brain": numpy.array(extremes + [3e38, -1e-38]).astype(ml_dtypes.bfloat16).reshape(2, 6),
    "scalar": numpy.array(0.5, dtype=numpy.float32),
    "empty": numpy.zeros((0, 4), dtype=numpy.float32),
    "ids": numpy.arange(3),
    "größe \"x\"": numpy.array([7], dtype=numpy.float32),
}
save_file(tensors, FOLDER / "reference.safetensors", metadata={"format": "pt", "note": "a\nb"})
(FOLDER / "reference.json").write_text(
    json.dumps(
        {
            name: {
                "shape": list(tensor.shape),
                "values": [str(value) for value in tensor.astype(numpy.float64).ravel()],
            }
            for name, tensor in tensors.items()
        },
        indent=1,
    )
    + "\n"
)

values = numpy.array([0, 1, -2.5, 1 / 3, 1e-6, 1000.1, 65504, -7e-5], dtype=numpy.float32)
types = {"F32": numpy.float32, "F16": numpy.float16, "BF16": ml_dtypes.bfloat16}
for name, type in types.items():
    with safe_open(FOLDER / f"written-{name}.safetensors", "numpy") as file:
        assert file.metadata() == {"format": "pt"}, name
        assert set(file.keys()) == {"a/b", "none", "ü"}, name
        assert file.get_tensor("none").shape == (2, 0), name
        assert file.get_tensor("ü").shape == (), name
        stored = file.get_tensor("a/b")
    assert stored.shape == (2, 4) and stored.dtype == type, name
    assert stored.tobytes() == values.astype(type).tobytes(), name
