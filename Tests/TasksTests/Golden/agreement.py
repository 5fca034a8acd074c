"""Writes agreement.json: what two targets' halves say of a group of prompts, by scipy.

The scores are those of three targets on all prompts of a group, with failed calls (null), ties and
one halving of the examples; the weighted values repeat everything with prompts and examples counted
several times, where a prompt makes no pair with itself.

Run: python agreement.py > agreement.json       (needs: numpy, scipy)
"""

import itertools
import json

import numpy
import scipy
from scipy.stats import kendalltau

SEED = 7
TARGETS, PROMPTS, EXAMPLES = 3, 11, 14


def halves(row, weights, first):
    """Weighted means of one prompt over the two halves and over all; None where a half is empty."""
    means = []
    for members in [first, ~first, numpy.ones_like(first)]:
        there = members & ~numpy.isnan(row)
        if weights[there].sum() == 0:
            return None
        means.append(float(numpy.average(row[there], weights=weights[there])))
    return means


def weighted_tau(a, b, weights):
    """Tau-b of the sample in which thing i stands weights[i] times, without its pairs with itself."""
    signs = [
        (weights[i] * weights[j], numpy.sign(round(a[i] - a[j], 9)), numpy.sign(round(b[i] - b[j], 9)))
        for i, j in itertools.combinations(range(len(a)), 2)
    ]
    both = sum(w * s * t for w, s, t in signs)
    return float(both / (sum(w * s * s for w, s, _ in signs) * sum(w * t * t for w, _, t in signs)) ** 0.5)


def judged(chooser, judge):
    best = max(chooser)
    return float(numpy.mean([j for c, j in zip(chooser, judge) if c > best - 1e-9]))


def measure(scores, prompt_weights, example_weights, first):
    rows = [
        [halves(scores[t][p], example_weights, first) for t in range(TARGETS)] for p in range(PROMPTS)
    ]
    kept = [p for p in range(PROMPTS) if prompt_weights[p] > 0 and all(rows[p])]
    weights = [int(prompt_weights[p]) for p in kept]
    value = lambda t, half: [rows[p][t][half] for p in kept]
    result = {"tau": [], "all": [], "loss": []}
    for a in range(TARGETS):
        for b in range(TARGETS):
            result["tau"].append(
                (weighted_tau(value(a, 0), value(b, 1), weights)
                 + weighted_tau(value(b, 0), value(a, 1), weights)) / 2)
            result["all"].append(weighted_tau(value(a, 2), value(b, 2), weights))
            result["loss"].append(sum(
                judged(value(b, half), value(b, 1 - half)) - judged(value(a, half), value(b, 1 - half))
                for half in [0, 1]) / 2)
    if set(weights) == {1}:  # scipy knows no weights of things
        for place, (a, b) in enumerate(itertools.product(range(TARGETS), repeat=2)):
            taus = [kendalltau(value(x, 0), value(y, 1)).statistic for x, y in [(a, b), (b, a)]]
            assert abs(numpy.mean(taus) - result["tau"][place]) < 1e-12
    return result


def main():
    rng = numpy.random.default_rng(SEED)
    quality = rng.uniform(0.2, 0.9, (TARGETS, PROMPTS, 1))
    scores = (rng.uniform(size=(TARGETS, PROMPTS, EXAMPLES)) < quality).astype(float)
    scores[rng.uniform(size=scores.shape) < 0.08] = numpy.nan
    first = rng.permutation(EXAMPLES) < EXAMPLES // 2
    ones = numpy.ones(PROMPTS), numpy.ones(EXAMPLES)
    drawn = (
        rng.multinomial(PROMPTS, [1 / PROMPTS] * PROMPTS),
        rng.multinomial(EXAMPLES, [1 / EXAMPLES] * EXAMPLES),
    )
    print(json.dumps({
        "seed": SEED, "versions": {"numpy": numpy.__version__, "scipy": scipy.__version__},
        "scores": [[[None if numpy.isnan(x) else x for x in row] for row in target] for target in scores],
        "half": first.tolist(),
        "cases": [
            {"promptWeights": [float(x) for x in weights[0]],
             "exampleWeights": [float(x) for x in weights[1]], **measure(scores, *weights, first)}
            for weights in [ones, drawn]
        ],
    }))


main()
