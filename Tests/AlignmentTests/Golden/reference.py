"""Helpers of the golden generators: numpy float64, seeded, one JSON file each."""

import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent


def rounded(values):
    """The float32 numbers that the Swift side reads, as float64."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def offsets_of(lengths):
    return [0] + [int(n) for n in np.cumsum(lengths)]


def derivative(loss, values, step=1e-6):
    """Central differences of a scalar function."""
    result = np.zeros_like(values)
    for index in range(len(values)):
        up, down = values.copy(), values.copy()
        up[index] += step
        down[index] -= step
        result[index] = (loss(up) - loss(down)) / (2 * step)
    return result


def write(name, seed, cases):
    def plain(value):
        return value.tolist() if isinstance(value, np.ndarray) else value

    cases = [{key: plain(value) for key, value in case.items()} for case in cases]
    text = json.dumps(
        {"numpy": np.__version__, "seed": seed, "cases": cases}, indent=1, default=float)
    (FOLDER / f"{name}.json").write_text(text + "\n")
