"""Golden values of AdamW: weights after each of five steps, in float64.

    pip install numpy==2.4.6
    python adamw.py

Weights and gradients are drawn from SplitMix64 with the seed below, 24 bits of each word: first the
weights, then the gradients of each step. Writes adamw.json.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "TestSupport"))
from splitmix import SplitMix64  # noqa: E402

SEED = 11
STEPS = 5
LEARNING_RATES = [0.01, 0.02, 0.03, 0.02, 0.01]
MATRIX, VECTOR = 15, 7  # elements of a 3 by 5 matrix, then of a vector
BETA1, BETA2, EPSILON, DECAY = 0.9, 0.95, 1e-8, 0.1
GRADIENT_SCALES = [1.0, 0.125, 4.0, 0.0, 0.5]


def run(limit):
    random = SplitMix64(SEED)
    weights = random.symmetric(MATRIX + VECTOR)
    decay = np.array([DECAY] * MATRIX + [0.0] * VECTOR)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    steps = []
    for step, (rate, scale) in enumerate(zip(LEARNING_RATES, GRADIENT_SCALES), start=1):
        gradient = random.symmetric(weights.size) * scale
        norm = np.sqrt((gradient**2).sum())
        if limit > 0 and norm > limit:
            gradient = gradient * (limit / norm)
        first = BETA1 * first + (1 - BETA1) * gradient
        second = BETA2 * second + (1 - BETA2) * gradient**2
        m, v = first / (1 - BETA1**step), second / (1 - BETA2**step)
        weights = weights - rate * (m / (np.sqrt(v) + EPSILON) + decay * weights)
        steps.append({"norm": norm, "weights": [float(f"{value:.9g}") for value in weights]})
    return {"limit": limit, "steps": steps}


golden = {
    "numpy": np.__version__,
    "seed": SEED,
    "config": [BETA1, BETA2, EPSILON, DECAY],
    "learningRates": LEARNING_RATES,
    "gradientScales": GRADIENT_SCALES,
    "runs": [run(limit) for limit in (0.0, 1.0)],
}
with open(Path(__file__).with_suffix(".json"), "w") as file:
    json.dump(golden, file)
    file.write("\n")
