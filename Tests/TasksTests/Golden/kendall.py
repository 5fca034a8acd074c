"""Writes kendall.json: Kendall's tau-b by scipy, for sequences with and without ties.

Run: python kendall.py > kendall.json       (needs: numpy, scipy)
"""

import json

import numpy
import scipy
from scipy.stats import kendalltau

SEED = 11


def main():
    rng = numpy.random.default_rng(SEED)
    rows = []
    for count in [2, 3, 5, 10, 40, 200]:
        for levels in [2, 5, 1000]:
            first = rng.integers(0, levels, count) / levels
            second = (first + rng.integers(0, levels, count) / levels) / 2
            tau = kendalltau(first, second).statistic
            rows.append({
                "first": first.tolist(), "second": second.tolist(),
                "tau": None if numpy.isnan(tau) else float(tau),
            })
    print(json.dumps({"seed": SEED, "versions": {"scipy": scipy.__version__}, "rows": rows}))


main()
