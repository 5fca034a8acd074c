"""Writes metrics.json: scores of the reference implementations.

ROUGE-1, -2 and -L are computed by the package rouge-score 0.1.2 (use_stemmer=False), of several
references by its score_multi. SQuAD's exact match and F1 follow the rules of the official script,
version 2.0, written out here: the best over the references.

Run: python metrics.py > metrics.json       (needs: pip install rouge-score==0.1.2)
"""

import json
import random
import re
import string
from collections import Counter

from rouge_score import rouge_scorer

SEED = 7
ROUGE = ["rouge1", "rouge2", "rougeL"]


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
    ("...", "!?"), ("x", "X x"), ("no no no", "no"), ("a b c d", "d c b a"), ("b", "a b"),
    ("the cat the cat", "the cat"), ("one two", "one two one two one"), ("\x85x", "x"),
    ("x\u200by", "xy"), ("\u1e9e", "ss \u00df"), ("\u2460 \u4e09", "\u4e09"), ("x_y", "x y"),
]

WORDS = "the a an cat dog sat on mat x1 2 don't U.S. -- caf\u00e9 The, Oslo oslo. \u00c9t\u00e9"

# Letters of several scripts, digits, marks, white space, punctuation: no capital sigma, which is
# lower-cased by its place in the word.
CHARACTERS = (
    "aAtThHeEnN  \n\t\u00a0\u2003\u3000.,!?'\"-_$%()09\u00b2\u00bd\u0663\u00e9\u0301\u00df\u0130"
    "\u0131\u212a\u0416\u0436\u03b1\u03a9\u05d0\u0628\u0915\u093f\u4e2d\u3042\uac00\u2013\u201c\u20ac"
    "\U0001f642\U0001d4d0\u200d\ufb01"
)


def rows(rng):
    for answer, reference in WRITTEN:
        yield answer, [reference]
    words = WORDS.split(" ")
    for count in [1] * 150 + [2, 3, 5] * 50:
        texts = [" ".join(rng.choices(words, k=rng.randint(0, 12))) for _ in range(count + 1)]
        yield texts[0], texts[1:]
    for _ in range(150):
        reference = "".join(rng.choices(CHARACTERS, k=rng.randint(0, 20)))
        answer = list(reference)
        for _ in range(rng.randint(0, 3)):
            answer.insert(rng.randint(0, len(answer)), rng.choice(CHARACTERS))
        yield "".join(answer), [reference]
    for _ in range(6):
        texts = [" ".join(rng.choices(words, k=rng.randint(60, 200))) for _ in range(2)]
        yield texts[0], texts[1:]


def main():
    scorer = rouge_scorer.RougeScorer(ROUGE, use_stemmer=False)
    written = []
    for answer, references in rows(random.Random(SEED)):
        scores = scorer.score_multi(references, answer)
        written.append({
            "answer": answer,
            "references": references,
            "exactMatch": max(float(squad_words(answer) == squad_words(r)) for r in references),
            "f1": max(squad_f1(answer, r) for r in references),
            **{name: scores[name].fmeasure for name in ROUGE},
        })
    print(json.dumps(
        {"seed": SEED, "versions": {"rouge-score": "0.1.2"}, "rows": written}, indent=0))


main()
