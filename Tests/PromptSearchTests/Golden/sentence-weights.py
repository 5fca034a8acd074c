"""Writes sentence-weights.json: equations 5 and 9 of Dual-Phase (arXiv:2406.13443) in numpy, float64.

Run: python sentence-weights.py > sentence-weights.json       (needs: numpy)
"""

import json

import numpy

SEED = 5


def softmax(weights):
    powers = numpy.exp(weights - weights.max())
    return powers / powers.sum()


def main():
    rng = numpy.random.default_rng(SEED)
    runs = []
    for count in [1, 2, 5, 12]:
        for every in [False, True]:
            for rate in [0.055, 1.5]:
                weights = numpy.ones(count)
                steps = []
                for _ in range(8):
                    place = int(rng.integers(count))
                    reward = float(rng.integers(0, 11)) / 10
                    with numpy.errstate(over="ignore"):  # then the bound of 100 holds
                        growth = numpy.exp(rate * reward / (softmax(weights) * count))
                    chosen = numpy.arange(count) == place
                    weights = numpy.minimum(
                        100.0, numpy.where(chosen | every, weights * growth, weights))
                    steps.append({
                        "place": place, "reward": reward, "weights": weights.tolist(),
                        "probabilities": softmax(weights).tolist(),
                    })
                runs.append({"count": count, "every": every, "rate": rate, "steps": steps})
    print(json.dumps({"seed": SEED, "versions": {"numpy": numpy.__version__}, "runs": runs}))


main()
