"""Writes dual-phase.json: whole searches of Dual-Phase in toy worlds, by a second implementation.

Made with Python 3.11.7, no packages:  python3 dual-phase.py

Written from the method's equations, not from the Swift code. What both must do alike to take the
same path is drawn from stable hashes (FNV-1a with the finalizer of splitmix64) and from lists in
the file. Worlds are those of SentenceWorld.swift.
"""

import json
import math
import random
from pathlib import Path

MASK = (1 << 64) - 1
PLACEHOLDER = "{{text}}"
TOLERANCE = 1e-9
SEED = 20240613


def stable_hash(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def unit(seed, *use):
    """The first number in 0..<1 of a named use of a seed."""
    name = stable_hash("\x1f".join([str(seed), *use]))
    return (stable_hash(f"{name} 1") >> 11) * 2.0**-53


def mean(scores):
    answered = [score for score in scores if score is not None]
    if not answered or 2 * len(answered) < len(scores):
        return None
    return sum(answered) / len(answered)


def gain(left, right):
    shared = [a - b for a, b in zip(left, right) if a is not None and b is not None]
    if not shared or 2 * len(shared) < len(left):
        return None
    return sum(shared) / len(shared)


class World:
    def __init__(self, generator, fails_one_in, seed):
        self.values = [[round(generator.random(), 3) for _ in range(4)] for _ in range(4)]
        best = sum(map(max, self.values))
        self.thresholds = [round(best * generator.uniform(0.3, 1), 3) for _ in range(12)]
        self.original = [generator.randrange(4) for _ in range(4)]
        self.moves = [generator.randrange(1000) for _ in range(60)]
        self.fails_one_in, self.seed = fails_one_in, seed

    def text(self, wordings):
        lines = [f"Sentence {i} in wording {w}." for i, w in enumerate(wordings)]
        return "\n".join(lines + [PLACEHOLDER])

    def score(self, wordings, example):
        if self.fails_one_in:
            if stable_hash(f"{self.text(wordings)} {example}") % self.fails_one_in == 0:
                return None
        worth = 0.0
        for row, wording in zip(self.values, wordings):
            worth += row[wording]
        return 1.0 if worth >= self.thresholds[example] else 0.0

    def move(self, draw):
        return self.moves[draw % len(self.moves)]


def search(world, config, limit):
    n = len(world.thresholds)
    everything = range(n)
    scored, tried, trials = {}, {tuple(world.original)}, []
    calls, draws = 0, {}

    def scores(wordings, examples):
        for example in examples:
            scored.setdefault((tuple(wordings), example), world.score(wordings, example))
        return [scored[tuple(wordings), example] for example in examples]

    def pays(prompts):
        return limit is None or len(scored) + n * prompts <= limit

    # Phase 1. No draft is asked for that could not be paid for.
    written = []
    for _ in range(config["drafts"]):
        if not pays(config["originalCompetes"] + len(written) + 1):
            break
        draft = [world.move(calls * 4 + i) % 4 for i in range(4)]
        calls += 1
        if tuple(draft) not in tried:
            tried.add(tuple(draft))
            written.append(draft)
    competes = config["originalCompetes"] or not written
    drafts = [world.original] * competes + written
    rows = [(prompt, scores(prompt, everything)) for prompt in drafts]
    prompt = None
    # The original is the last to be looked at.
    for candidate, row in rows[competes:] + rows[:competes]:
        if mean(row) is None:
            continue
        if prompt is None or (gain(row, current) or 0) > TOLERANCE:
            prompt, current = candidate, row
    initial = mean(current)

    # Phase 2. The placeholder's line is a sentence too, which is never rewritten.
    weights = [config["initialWeight"]] * 5
    is_uniform = config["sampling"] == "uniform"

    def probabilities():
        if is_uniform:
            return [1 / 5] * 5
        powers = [math.exp(weight - max(weights)) for weight in weights]
        return [power / sum(powers) for power in powers]

    def sample(left, last):
        if not left:
            return None
        left = left - {last} or left
        choices = [(i, p) for i, p in enumerate(probabilities()) if i in left]
        position = unit(world.seed, "sentence", str(calls)) * sum(p for _, p in choices)
        for choice, probability in choices:
            position -= probability
            if position < 0:
                break
        return choice

    steps, ending = 0, None
    while ending is None:
        answered = [example for example in everything if current[example] is not None]
        failures = [e for e in answered if current[e] < config["failureBelow"]]
        if not failures:
            ending = "noFailures"
            break
        if steps == config["steps"]:
            ending = "stepLimit"
            break
        left = set(range(5))
        part, in_a_row = sample(left, None), 0
        for number in range(1, config["trialsPerStep"] + 1):
            if part is None:
                ending = "nothingToRevise"
                break
            if not pays(1):
                ending = "budget"
                break
            in_a_row += 1
            share = probabilities()
            trial = {"step": steps + 1, "trial": number, "part": part, "probability": round(share[part], 12)}
            good = mean(current) >= 1 - config["minimumGain"] - TOLERANCE
            trial["neededGain"] = 0 if good else config["minimumGain"]
            # Draws are counted for each part of each prompt.
            request = (tuple(prompt), part)
            draw, revised = draws.get(request, 0), None
            draws[request] = draw + 1
            calls += 1
            if part == 4:
                verdict = "nothingWritten"
                left.remove(part)
            else:
                move = world.move(draw + 11 * part + 5 * sum(prompt))
                revised = list(prompt)
                revised[part] = (prompt[part] + 1 + move % 3) % 4
                if move % 7 == 0 or tuple(revised) in tried:
                    verdict = "refused"
                else:
                    tried.add(tuple(revised))
                    verdict = "notScored"
                    on_failures = mean(scores(revised, failures))
                    if on_failures is not None:
                        trial["failureScore"] = on_failures
                        verdict = "belowGate"
                        if on_failures >= config["failureGate"] - TOLERANCE:
                            row = scores(revised, everything)
                            accuracy, difference = mean(row), gain(row, current)
                            verdict = "notScored"
                            if accuracy is not None and difference is not None:
                                trial |= {"validationScore": accuracy, "gain": difference}
                                if config["minimumGain"] == 0 or good:
                                    enough = difference > TOLERANCE
                                else:
                                    enough = difference >= config["minimumGain"] - TOLERANCE
                                verdict = "accepted" if enough else "belowGain"
                                if (enough or config["updatesOnRejection"]) and not is_uniform:
                                    alpha = config["alpha"]
                                    reward = alpha * accuracy + (1 - alpha) * on_failures
                                    for i in range(5) if config["updatesAllWeights"] else [part]:
                                        weights[i] *= math.exp(
                                            config["learningRate"] * reward / (share[i] * 5)
                                        )
            rounded = [round(weight, 12) for weight in weights]
            trial |= {"verdict": verdict, "weights": rounded, "targetCalls": len(scored)}
            trials.append(trial)
            if verdict == "accepted":
                steps += 1
                prompt, current = revised, row
                break
            if not (verdict == "belowGate" and in_a_row < config["trialsPerSentence"]):
                part, in_a_row = sample(left, part), 0
        else:
            ending = "nothingToRevise" if part is None else "trialLimit"
    return {
        "prompt": world.text(prompt),
        "initial": initial,
        "final": mean(current),
        "steps": steps,
        "generatorCalls": calls,
        "targetCalls": len(scored),
        "ending": ending,
        "trials": trials,
    }


PAPER = {
    "drafts": 1,
    "originalCompetes": False,
    "failureGate": 0.3,
    "minimumGain": 0.1,
    "alpha": 0.4,
    "learningRate": 0.055,
    "initialWeight": 1,
    "steps": 5,
    "trialsPerStep": 10,
    "trialsPerSentence": 10,
    "sampling": "weighted",
    "updatesAllWeights": False,
    "updatesOnRejection": False,
    "failureBelow": 1,
    "failuresShown": 3,
}
# What differs from the paper's constants, how many calls fail, and the limit.
CASES = [
    ({}, 0, None),
    ({"drafts": 3, "originalCompetes": True, "trialsPerSentence": 2}, 0, None),
    ({"learningRate": 1.5, "updatesOnRejection": True, "failureGate": 0.1}, 0, None),
    ({"learningRate": 1.5, "updatesAllWeights": True, "failureGate": 0.1}, 0, None),
    ({"sampling": "uniform", "trialsPerSentence": 1, "failureGate": 0}, 0, None),
    ({"minimumGain": 0.02, "failureGate": 0.1, "trialsPerSentence": 1}, 4, None),
    ({"trialsPerSentence": 1, "failureGate": 0.1}, 5, 60),
    ({"drafts": 4, "steps": 2, "trialsPerStep": 30, "failureGate": 0.1}, 0, None),
]


def main():
    generator = random.Random(SEED)
    cases = []
    for change, fails_one_in, limit in CASES:
        for _ in range(3):
            world = World(generator, fails_one_in, generator.randrange(1 << 32))
            config = PAPER | change
            cases.append(
                {
                    "world": {
                        "values": world.values,
                        "thresholds": world.thresholds,
                        "original": world.original,
                        "moves": world.moves,
                        "failsOneIn": world.fails_one_in,
                        "seed": world.seed,
                    },
                    "config": config,
                    "limit": limit,
                    "outcome": search(world, config, limit),
                }
            )
    path = Path(__file__).with_suffix(".json")
    lines = ",\n".join(json.dumps(case) for case in cases)
    path.write_text(f'{{"seed": {SEED}, "cases": [\n{lines}\n]}}\n')


main()
