"""Writes rankings.json: RRMF and the reward model's loss by loops over all ordered pairs."""

import numpy as np

from reference import derivative, offsets_of, rounded, write

SEED = 13


def ordered_pairs(scores, start, end, gap):
    return [(high, low) for high in range(start, end) for low in range(start, end)
            if scores[high] > scores[low] + gap]


def ranking(means, scores, lengths, offsets, gap, form):
    terms, best = [], []
    for start, end in zip(offsets, offsets[1:]):
        pairs = ordered_pairs(scores, start, end, gap)
        for high, low in pairs:
            difference = means[low] - means[high]
            terms.append(max(0.0, difference) if form == "hinge" else np.logaddexp(0, difference))
        if pairs:
            best.append(-means[min(
                range(start, end), key=lambda i: (-scores[i], lengths[i], i))])
    if not terms:
        return 0.0, 0.0
    return float(np.mean(terms)), float(np.mean(best))


def reward(rewards, scores, offsets, gap):
    rankings = []
    for start, end in zip(offsets, offsets[1:]):
        pairs = ordered_pairs(scores, start, end, gap)
        if pairs:
            rankings.append(np.mean(
                [np.logaddexp(0, rewards[low] - rewards[high]) for high, low in pairs]))
    return float(np.mean(rankings)) if rankings else 0.0


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for groups, gap, levels in [
            ([2], 0.0, 10), ([4, 6, 3], 0.0, 4), ([8, 1, 5, 4], 0.15, 10), ([3, 3], 0.0, 1)]:
        offsets = offsets_of(groups)
        count = offsets[-1]
        gap = float(np.float32(gap))
        scores = rounded(random.integers(0, levels, count) / 10)
        lengths = random.integers(1, 30, count)
        sums = rounded(-random.exponential(1.0, count) * lengths)
        means = sums / lengths
        rewards = rounded(random.normal(0, 1.5, count))
        case = dict(
            offsets=offsets, gap=gap, scores=scores, lengths=lengths, sums=sums, rewards=rewards)
        for form in ["hinge", "bradleyTerry"]:
            rank, cross = ranking(means, scores, lengths, offsets, gap, form)
            case[form] = rank
            case["crossEntropy"] = cross
            case[form + "Gradient"] = derivative(
                lambda x: sum(ranking(x, scores, lengths, offsets, gap, form)), means)
        case["pairs"] = sum(
            len(ordered_pairs(scores, a, b, gap)) for a, b in zip(offsets, offsets[1:]))
        case["rewardLoss"] = reward(rewards, scores, offsets, gap)
        case["rewardGradient"] = derivative(lambda x: reward(x, scores, offsets, gap), rewards)
        cases.append(case)
    write("rankings", SEED, cases)


main()
