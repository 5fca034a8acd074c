"""Golden values of truncated distributions, from the logits processors of transformers in float32.

    pip install numpy==2.4.6 torch==2.15.0 transformers==5.23.0
    python token-choice.py

Logits are drawn from SplitMix64, 24 bits of each word, in -8...8; the tokens that were there before
are in the file. Processors run in the order of `generate`: repetition penalty, temperature, top k,
top p, min p. Of each case the kept tokens and their probabilities are written, in rising order.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import (
    LogitsProcessorList, MinPLogitsWarper, RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper,
)

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1] / "TestSupport"))
from splitmix import SplitMix64  # noqa: E402

SEED, VOCABULARY = 5, 200
SEEN = [3, 17, 17, 42, 99, 120, 121, 122, 150, 199, 3]
CASES = [
    dict(temperature=1.0, topK=0, topP=1.0, minP=0.1, repetitionPenalty=1.0),
    dict(temperature=3.0, topK=0, topP=1.0, minP=0.05, repetitionPenalty=1.0),
    dict(temperature=3.0, topK=0, topP=1.0, minP=1.0, repetitionPenalty=1.0),
    dict(temperature=2.0, topK=0, topP=0.8, minP=0.1, repetitionPenalty=1.0),
    dict(temperature=2.0, topK=0, topP=0.5, minP=0.01, repetitionPenalty=1.0),
    dict(temperature=4.0, topK=12, topP=1.0, minP=0.4, repetitionPenalty=1.0),
    dict(temperature=4.0, topK=30, topP=0.7, minP=0.3, repetitionPenalty=1.0),
    dict(temperature=1.0, topK=0, topP=1.0, minP=0.0, repetitionPenalty=1.3),
    dict(temperature=0.7, topK=0, topP=0.95, minP=0.02, repetitionPenalty=1.2),
    dict(temperature=1.5, topK=20, topP=1.0, minP=0.05, repetitionPenalty=0.8),
]


def run(logits, case):
    processors = LogitsProcessorList()
    if case["repetitionPenalty"] != 1:
        processors.append(RepetitionPenaltyLogitsProcessor(case["repetitionPenalty"]))
    processors.append(TemperatureLogitsWarper(case["temperature"]))
    if case["topK"]:
        processors.append(TopKLogitsWarper(case["topK"]))
    if case["topP"] < 1:
        processors.append(TopPLogitsWarper(case["topP"]))
    if case["minP"] > 0:
        processors.append(MinPLogitsWarper(case["minP"]))
    p = processors(torch.tensor([SEEN]), logits.clone())[0].double().softmax(-1)
    kept = p.nonzero()[:, 0].tolist()
    return case | dict(kept=kept, probabilities=[p[token].item() for token in kept])


if __name__ == "__main__":
    logits = torch.tensor(SplitMix64(SEED).symmetric((1, VOCABULARY), 8.0)).float()
    cases = [run(logits, case) for case in CASES]
    print([len(case["kept"]) for case in cases])
    golden = dict(
        torch=torch.__version__.split("+")[0], transformers=transformers.__version__, seed=SEED,
        vocabulary=VOCABULARY, seen=SEEN, cases=cases)
    (FOLDER / "token-choice.json").write_text(json.dumps(golden) + "\n")
