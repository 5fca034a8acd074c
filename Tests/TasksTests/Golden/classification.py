"""Writes classification.json: scikit-learn's scores of sets of labels.

A null in `predicted` is a question without an answer. It is a label of its own to scikit-learn,
which macro-F1 does not average over.

Run: python classification.py > classification.json     (needs: pip install scikit-learn==1.9.1)
"""

import json
import random
import warnings

from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

SEED = 11
NONE = "(none)"


def sets(rng):
    yield ["a"], ["a"]
    yield ["a"], ["b"]
    yield ["a", "a", "a"], ["a", "a", "a"]
    yield ["a", "b", "a"], ["a", "a", "a"]
    yield ["a", "a", "a"], ["a", "b", "a"]
    yield ["b", "a"], ["a", "b"]
    for unanswered in [0.0, 0.2]:
        for _ in range(150):
            labels = "abcdefgh"[: rng.randint(1, 8)]
            skew = [rng.random() ** 2 for _ in labels]
            count, right = rng.choice([1, 2, 5, 20, 200]), rng.random()
            references = rng.choices(labels, skew, k=count)
            predicted = [
                NONE if rng.random() < unanswered
                else reference if rng.random() < right else rng.choice(labels)
                for reference in references
            ]
            yield predicted, references


def main():
    warnings.simplefilter("ignore")
    rows = []
    for predicted, references in sets(random.Random(SEED)):
        labels = sorted((set(predicted) | set(references)) - {NONE})
        rows.append({
            "predicted": [None if label == NONE else label for label in predicted],
            "references": references,
            "accuracy": accuracy_score(references, predicted),
            "macroF1": f1_score(
                references, predicted, labels=labels, average="macro", zero_division=0),
            "matthews": matthews_corrcoef(references, predicted),
        })
        if NONE not in predicted:
            assert rows[-1]["macroF1"] == f1_score(references, predicted, average="macro")
    print(json.dumps(
        {"seed": SEED, "versions": {"scikit-learn": "1.9.1"}, "rows": rows},
        separators=(",", ":")).replace('{"predicted"', '\n{"predicted"'))


main()
