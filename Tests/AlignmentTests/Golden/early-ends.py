"""Writes early-ends.json: PPO from log-probs to losses where responses end early or not at all.

The other way round than the library: responses lie in padded rectangles [rows, longest] with a
mask, and returns are mixtures of n-step returns (Sutton and Barto 2018, equations 12.3 and 12.9)
instead of a recursion over errors. After the end nothing is worth anything: no reward, no value.
"""

import numpy as np

from reference import derivative, offsets_of, rounded, write

SEED = 14


def padded(values, lengths, filler):
    """A rectangle with one row of `values` after another, left-aligned."""
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    rectangle = np.full(mask.shape, filler)
    rectangle[mask] = values
    return rectangle, mask


def rewards_of(case, log_probs, reference, mask):
    difference = np.where(mask, log_probs - reference, 0)
    kl = difference if case["estimator"] == "k1" else np.exp(-difference) - 1 + difference
    scores = np.where(case["hasEnd"], case["scores"], case["missingEndPenalty"])
    last = mask & ~np.pad(mask, ((0, 0), (0, 1)))[:, 1:]
    return -case["beta"] * kl + last * scores[:, None], kl, scores


def mixed_returns(rewards, values, mask, discount, decay):
    """(1 - decay) times the sum of decay^(n-1) G_n; the last return weighs all that is left."""
    result = np.zeros_like(rewards)
    for row, start in np.argwhere(mask):
        steps = mask[row, start:].sum()
        returns = [
            sum(discount ** k * rewards[row, start + k] for k in range(n))
            + (discount ** n * values[row, start + n] if n < steps else 0.0)
            for n in range(1, steps + 1)]
        weights = [(1 - decay) * decay ** (n - 1) for n in range(1, steps)] + [decay ** (steps - 1)]
        result[row, start] = np.dot(weights, returns)
    return result


def evaluate(case):
    lengths, clip = case["lengths"], case["clip"]
    # What lies in the padding must not matter: numbers that would be noticed.
    old, mask = padded(case["logProbs"], lengths, -77.0)
    reference, _ = padded(case["referenceLogProbs"], lengths, 55.0)
    values, _ = padded(case["values"], lengths, 33.0)
    rewards, kl, scores = rewards_of(case, old, reference, mask)
    returns = mixed_returns(rewards, values, mask, case["discount"], case["decay"])
    advantages = (returns - values)[mask]
    white = (advantages - advantages.mean()) / np.sqrt(advantages.var() + 1e-8)
    returns = returns[mask]

    def policy_terms(new):
        ratio = np.exp(new - case["logProbs"])
        return -ratio * white, -np.clip(ratio, 1 - clip, 1 + clip) * white

    def value_terms(new):
        near = np.clip(new, case["values"] - clip, case["values"] + clip)
        return (new - returns) ** 2 / 2, (near - returns) ** 2 / 2

    def mean_of_larger(terms):
        return np.maximum(*terms).mean()

    ratio = np.exp(case["newLogProbs"] - case["logProbs"])
    plain, clipped = policy_terms(case["newLogProbs"])
    plain_value, clipped_value = value_terms(case["newValues"])
    return dict(
        rewards=rewards[mask], responseKL=kl.sum(1), kl=kl.sum(1).mean(), finalScores=scores,
        missingEndShare=1 - np.mean(case["hasEnd"]), advantages=advantages, returns=returns,
        whitened=white, policyLoss=mean_of_larger((plain, clipped)),
        policyGradient=derivative(
            lambda new: mean_of_larger(policy_terms(new)), case["newLogProbs"]),
        approximateKL=np.mean((case["newLogProbs"] - case["logProbs"]) ** 2) / 2,
        clipFraction=np.mean(clipped > plain), meanRatio=ratio.mean(), ratioVariance=ratio.var(),
        valueLoss=mean_of_larger((plain_value, clipped_value)),
        valueGradient=derivative(lambda new: mean_of_larger(value_terms(new)), case["newValues"]),
        valueClipFraction=np.mean(clipped_value > plain_value))


def main():
    random = np.random.default_rng(SEED)
    cases = []
    longest = 9
    for estimator, discount, decay in [
            ("k1", 1.0, 0.95), ("k3", 0.97, 0.8), ("k1", 1.0, 1.0), ("k1", 0.9, 0.0)]:
        # Ends early; just the end token; ends at the limit; cut off at the limit.
        lengths = [4, 1, longest, longest, 6, longest]
        has_end = [True, True, True, False, True, False]
        count = sum(lengths)
        log_probs = rounded(-random.exponential(1.5, count))
        values = rounded(random.normal(0, 1, count))
        case = dict(
            estimator=estimator, discount=float(np.float32(discount)),
            decay=float(np.float32(decay)), beta=float(np.float32(0.05)),
            clip=float(np.float32(0.2)), missingEndPenalty=-1.0, lengths=lengths,
            offsets=offsets_of(lengths), hasEnd=has_end, logProbs=log_probs,
            referenceLogProbs=rounded(log_probs + random.normal(0, 0.3, count)), values=values,
            scores=rounded(random.normal(0, 1, len(lengths))),
            newLogProbs=rounded(log_probs + random.normal(0, 0.3, count)),
            newValues=rounded(values + random.normal(0, 0.3, count)))
        cases.append(case | evaluate(case))
    write("early-ends", SEED, cases)


main()
