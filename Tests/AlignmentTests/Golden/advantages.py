"""Writes advantages.json: advantages from the closed sum over later errors, whitening, rewards."""

import numpy as np

from reference import offsets_of, rounded, write

SEED = 11


def advantages(rewards, values, discount, decay):
    count = len(rewards)
    following = np.append(values[1:], 0.0)
    errors = rewards + discount * following - values
    return np.array([
        sum((discount * decay) ** (later - token) * errors[later] for later in range(token, count))
        for token in range(count)])


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for discount, decay, lengths in [
            (1.0, 0.95, [7, 1, 12, 4]), (0.9, 0.5, [3, 3]), (1.0, 0.0, [5]), (1.0, 1.0, [6, 2])]:
        offsets = offsets_of(lengths)
        count, row_count = offsets[-1], len(lengths)
        discount, decay = float(np.float32(discount)), float(np.float32(decay))
        log_probs = rounded(-random.exponential(1.5, count))
        reference = rounded(log_probs + random.normal(0, 0.3, count))
        values = rounded(random.normal(0, 1, count))
        scores = rounded(random.normal(0, 1, row_count))
        has_end = [bool(flag) for flag in random.random(row_count) < 0.6]
        beta = float(np.float32(0.05))
        difference = log_probs - reference
        final = np.where(has_end, scores, -1.0)
        rewards = -beta * difference
        rewards3 = -beta * (np.exp(-difference) - 1 + difference)
        for row in range(row_count):
            rewards[offsets[row + 1] - 1] += final[row]
            rewards3[offsets[row + 1] - 1] += final[row]
        inputs = rounded(rewards)
        result = np.concatenate([
            advantages(inputs[a:b], values[a:b], discount, decay)
            for a, b in zip(offsets, offsets[1:])])
        source = rounded(result)
        centered = source - source.mean()
        white = centered / np.sqrt(np.mean(centered ** 2) + 1e-8)
        cases.append(dict(
            discount=discount, decay=decay, offsets=offsets, logProbs=log_probs,
            referenceLogProbs=reference, values=values, scores=scores, hasEnd=has_end, beta=beta,
            rewardsK1=rewards, rewardsK3=rewards3, kl=difference.sum() / row_count,
            rewards=inputs, advantages=result, returns=result + values,
            whiteningInput=source, whitened=white, whitenedKeepingMean=white + source.mean()))
    write("advantages", SEED, cases)


main()
