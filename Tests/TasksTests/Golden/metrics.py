"""Writes metrics.json: scores of the reference implementations.

ROUGE-L is computed by the package rouge-score 0.1.2 (rougeL, use_stemmer=False). SQuAD's exact
match and F1 follow the rules of the official script, version 2.0, written out here.

Run: python metrics.py > metrics.json       (needs: pip install rouge-score==0.1.2)
"""

import json
import random
import re
import string
from collections import Counter

from rouge_score import rouge_scorer

SEED = 7


def squad_words(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def squad_f1(answer, reference):
    found, wanted = squad_words(answer), squad_words(reference)
    if not found or not wanted:
        return float(found == wanted)
    common = sum((Counter(found) & Counter(wanted)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(found), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


WRITTEN = [
    ("", ""), ("the", ""), ("the", "a"), ("", "cat"), ("The cat.", "cat"), ("a-cat", "acat"),
    ("the\u2013cat", "cat"), ("the\u2013cat", "\u2013cat"), ("caf\u00e9", "cafe\u0301"),
    ("CAF\u00c9 the", "caf\u00e9"), ("an a the", "x"), ("$1,000.50", "100050"),
    ("other theatre", "theatre other"), ("the_cat", "thecat"), ("\u0130stanbul", "istanbul"),
    ("line\none\ttwo", "line one two"), ("x\u00a0y", "x y"), ("x\u001cy", "x y"),
    ("\u00bd cup", "cup \u00bd"), ("a\u0301 la", "la"), ("\u5317\u4eac the \u5e02", "\u5317\u4eac"),
    ("don't stop", "dont stop"), ("\u201cthe\u201d end", "\u201c \u201d end"), ("A\u00b2", "a2"),
    ("\u212a elvin", "k elvin"), ("\u00c6ON the \u03a3\u0399", "\u00e6on \u03c3\u03b9"),
]


def random_pairs(rng):
    words = "the a an cat dog sat on mat x1 2 don't U.S. -- caf\u00e9 The, Oslo oslo.".split(" ")
    for _ in range(150):
        yield tuple(" ".join(rng.choices(words, k=rng.randint(0, 12))) for _ in range(2))


def main():
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    rows = []
    for answer, reference in WRITTEN + list(random_pairs(random.Random(SEED))):
        rows.append({
            "answer": answer,
            "reference": reference,
            "exactMatch": float(squad_words(answer) == squad_words(reference)),
            "f1": squad_f1(answer, reference),
            "rougeL": scorer.score(reference, answer)["rougeL"].fmeasure,
        })
    print(json.dumps(
        {"seed": SEED, "versions": {"rouge-score": "0.1.2"}, "rows": rows}, indent=0))


main()
