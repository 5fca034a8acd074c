"""Writes losses.json: the clipped losses, with gradients by central differences in float64."""

import numpy as np

from reference import derivative, rounded, write

SEED = 12


def policy(new, old, advantages, clip):
    ratio = np.exp(new - old)
    return np.maximum(-ratio * advantages, -np.clip(ratio, 1 - clip, 1 + clip) * advantages)


def value(new, old, returns, clip):
    limited = old + np.clip(new - old, -clip, clip)
    return 0.5 * np.maximum((new - returns) ** 2, (limited - returns) ** 2)


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for count, spread, clip in [(1, 0.1, 0.2), (9, 0.1, 0.2), (24, 0.4, 0.2), (40, 1.0, 0.1)]:
        clip = float(np.float32(clip))
        old = rounded(-random.exponential(1.5, count))
        new = rounded(old + random.normal(0, spread, count))
        advantages = rounded(random.normal(0, 1, count))
        ratio = np.exp(new - old)
        limited = np.clip(ratio, 1 - clip, 1 + clip)
        old_values = rounded(random.normal(0, 1, count))
        new_values = rounded(old_values + random.normal(0, spread, count))
        returns = rounded(random.normal(0.3, 1, count))
        moved = old_values + np.clip(new_values - old_values, -clip, clip)
        explained = (
            1 - np.var(returns - new_values) / np.var(returns) if count > 1 else None)
        cases.append(dict(
            clip=clip, new=new, old=old, advantages=advantages,
            policyLoss=policy(new, old, advantages, clip).mean(),
            policyGradient=derivative(lambda x: policy(x, old, advantages, clip).mean(), new),
            approximateKL=0.5 * np.mean((new - old) ** 2),
            policyClipFraction=np.mean(-limited * advantages > -ratio * advantages),
            meanRatio=ratio.mean(), ratioVariance=ratio.var(),
            newValues=new_values, oldValues=old_values, returns=returns,
            valueLoss=value(new_values, old_values, returns, clip).mean(),
            valueGradient=derivative(
                lambda x: value(x, old_values, returns, clip).mean(), new_values),
            valueClipFraction=np.mean((moved - returns) ** 2 > (new_values - returns) ** 2),
            explainedVariance=explained))
    write("losses", SEED, cases)


main()
