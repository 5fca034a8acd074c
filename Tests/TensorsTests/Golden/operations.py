"""Golden values of the operations of Tensors: results and gradients in float64.

    pip install numpy==2.4.6
    python operations.py

Inputs are not in the file: both sides draw them from SplitMix64 with the case's seed, 24 bits of
each word, inputs first and then the upstream gradient. Gradients are central differences with step
1e-6 in float64, exact to about 1e-9. Writes operations.json.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "TestSupport"))
from splitmix import SplitMix64  # noqa: E402


def linear(x, weight, residual):
    return x @ weight.T + residual


def rms_norm(x, weight):
    return weight * x / np.sqrt((x**2).mean(axis=1, keepdims=True) + np.float64(np.float32(1e-5)))


def swi_glu(x):
    gate, up = np.split(x, 2, axis=1)
    return gate / (1 + np.exp(-gate)) * up


def rows(x):
    return x[[4, 0, 4, 2]]


def rotary(x, head_width=6, base=10000.0, positions=(0, 5, 100), heads=2):
    half = head_width // 2
    y = x.copy()
    angles = np.outer(positions, base ** (-2 * np.arange(half) / head_width))
    for head in range(heads):
        first = slice(head * head_width, head * head_width + half)
        second = slice(head * head_width + half, (head + 1) * head_width)
        y[:, first] = x[:, first] * np.cos(angles) - x[:, second] * np.sin(angles)
        y[:, second] = x[:, first] * np.sin(angles) + x[:, second] * np.cos(angles)
    return y


def attention(x, heads=4, key_heads=2, width=6, offsets=(0, 3, 3, 4, 9)):
    query_width, key_width = heads * width, key_heads * width
    y = np.zeros((len(x), query_width))
    for start, end in zip(offsets, offsets[1:]):
        for head in range(heads):
            key = query_width + head // (heads // key_heads) * width
            q = x[start:end, head * width : (head + 1) * width]
            k = x[start:end, key : key + width]
            v = x[start:end, key + key_width : key + key_width + width]
            scores = q @ k.T / np.sqrt(width)
            scores[np.triu_indices(end - start, 1)] = -np.inf
            p = np.exp(scores - scores.max(axis=1, keepdims=True)) if end > start else scores
            y[start:end, head * width : (head + 1) * width] = p / p.sum(axis=1, keepdims=True) @ v
    return y


def token_log_probs(hidden, head, targets=(36, 0, 7, 7), temperature=0.75):
    z = hidden @ head.T / temperature
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    entropy = -(np.exp(log_p) * log_p).sum(axis=1)
    return np.stack([log_p[np.arange(len(z)), list(targets)], entropy], axis=1)


def gradients(function, inputs, upstream, step=1e-6):
    result = []
    for position, value in enumerate(inputs):
        gradient = np.zeros(value.size)
        for index in range(value.size):
            ends = []
            for sign in (1, -1):
                moved = [other.copy() for other in inputs]
                moved[position].reshape(-1)[index] += sign * step
                ends.append((function(*moved) * upstream).sum())
            gradient[index] = (ends[0] - ends[1]) / (2 * step)
        result.append(gradient)
    return result


CASES = [
    ("linear", linear, 1, 1.0, [(3, 19), (21, 19), (3, 21)]),
    ("rmsNorm", rms_norm, 2, 2.0, [(3, 37), (37,)]),
    ("swiGLU", swi_glu, 3, 8.0, [(2, 38)]),
    ("rotary", rotary, 4, 2.0, [(3, 17)]),
    ("causalAttention", attention, 5, 2.0, [(9, 48)]),
    ("tokenLogProbs", token_log_probs, 6, 2.0, [(4, 7), (37, 7)]),
    ("rows", rows, 7, 1.0, [(5, 3)]),
]

cases = {}
for name, function, seed, scale, shapes in CASES:
    random = SplitMix64(seed)
    inputs = [random.symmetric(shape, scale) for shape in shapes]
    output = function(*inputs)
    upstream = random.symmetric(output.shape)
    cases[name] = {
        "seed": seed,
        "scale": scale,
        "shapes": [list(shape) for shape in shapes],
        "output": [float(f"{value:.9g}") for value in output.reshape(-1)],
        "gradients": [
            [float(f"{value:.8g}") for value in gradient]
            for gradient in gradients(function, inputs, upstream)
        ],
    }
with open(Path(__file__).with_suffix(".json"), "w") as file:
    json.dump({"numpy": np.__version__, "cases": cases}, file, indent=None)
    file.write("\n")
