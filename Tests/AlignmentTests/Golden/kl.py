"""Writes kl.json: the KL estimators at single tokens, the adaptive coefficient over a series."""

import decimal

import numpy as np

from reference import rounded, write

SEED = 15


def estimates(differences):
    """k1, and k3 in fifty digits: near 0 its terms cancel."""
    decimal.getcontext().prec = 50
    exact = [decimal.Decimal(float(difference)) for difference in differences]
    return differences, [float((-value).exp() - 1 + value) for value in exact]


def coefficients(series, episodes, start, target, horizon):
    """The coefficient after each batch: Ziegler et al. 2019, section 2.2."""
    result, coefficient = [], start
    for kl, count in zip(series, episodes):
        error = min(max((kl - target) / target, -0.2), 0.2)
        coefficient *= 1 + error * min(count / horizon, 1)
        result.append(coefficient)
    return result


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for target, horizon in [(6.0, 1600.0), (0.5, 40.0)]:
        differences = rounded(np.concatenate(
            [[0, 1e-6, -1e-4, 0.01, -0.3, 2, -5, 12], random.normal(0, 0.5, 8)]))
        k1, k3 = estimates(differences)
        # Below, near, far above and, as k1 can be, negative.
        series = rounded(target * np.concatenate(
            [random.uniform(0, 0.9, 10), random.uniform(0.85, 1.15, 10), random.uniform(1, 9, 10),
             [-0.5]]))
        episodes = random.integers(1, 65, len(series))
        cases.append(dict(
            differences=differences, k1=k1, k3=k3, target=target, horizon=horizon,
            start=float(np.float32(0.05)), series=series, episodes=episodes,
            coefficients=coefficients(
                series, episodes, float(np.float32(0.05)), target, horizon)))
    write("kl", SEED, cases)


main()
