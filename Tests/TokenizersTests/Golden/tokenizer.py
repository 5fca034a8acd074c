"""Golden values of the tokenizer, from Hugging Face's library.

    pip install tokenizers==0.23.3
    python tokenizer.py

tokenizer.json is what `Tokenizer.write` gives after training on corpus.txt with 420 tokens, of
which <|end|> and <|pad|> are special. This script

- trains again, as plainly as can be, and stops if the merges differ;
- writes encodings.json: the words, the ids and the decoded text of each case, and the text of
  random ids, most of which are not valid UTF-8.
"""

import json
import random
import unicodedata
from collections import Counter
from pathlib import Path

import tokenizers

FOLDER = Path(__file__).parent
SIZE, SPECIAL, SEED = 420, ["<|end|>", "<|pad|>"], 5


def train(counts, decode, size):
    """The most frequent pair again and again; of equals the first by left bytes, right bytes."""
    words = {word: list(word) for word in counts}
    merges = []
    while len(merges) < size:
        pairs = Counter()
        for word, parts in words.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += counts[word]
        best = min(pairs, key=lambda p: (-pairs[p], decode(p[0]), decode(p[1])))
        if pairs[best] < 2:
            break
        merges.append(list(best))
        for parts in words.values():
            i = 0
            while i < len(parts) - 1:
                if (parts[i], parts[i + 1]) == best:
                    parts[i : i + 2] = ["".join(best)]
                i += 1
    return merges


def words_of(text):
    return [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]


def alphabet():
    """GPT-2's characters for bytes."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(0x100 + i): b for i, b in enumerate(others)}


def cases():
    generator = random.Random(SEED)
    pool = list("aeinrstdvml 0129'''  \n\t.,!?éßж中🙂") + ["\u0301", "\u200d", "\u00a0", "\u3000"]
    # Only assigned characters: a newer Unicode makes letters of others.
    scalars = [c for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs")]
    fixed = [
        "", " ", "  ", "\n", " \n ", "a", " a", "a ", "a  b", "a   b\n\n  c", "\n\na", "\t\ta\t b",
        "I'll say it's what they've said; we'd say I'm 're 't", "'s's 'S'S don''t '' 'l 'v 'r '",
        "12 ab12 ²③ ⅷ १२३ 3.14", "e\u0301 \u0301 a\u200db 👩‍👩‍👧‍👦 🙂🙂 🇳🇴", "x\u00a0y\u2003z\u3000\u3000w\u0085v",
        "<|end|> <|pad|><|end|>", "a<|end|>b", "Is this review good or bad?", "短い文章です。", "a\r\nb\r\n\r\nc",
        "\u0000\u0001 \u007f\u001c", "a" * 500, "ab" * 200, " " * 300 + "a", "abababab" * 6, "'" * 70,
    ]
    mixed = ["".join(generator.choices(pool, k=generator.randint(1, 60))) for _ in range(150)]
    long = ["".join(generator.choices("aberto", k=generator.randint(40, 200))) for _ in range(30)]
    wild = ["".join(map(chr, generator.choices(scalars, k=20))) for _ in range(30)]
    return fixed + mixed + long + wild


corpus = (FOLDER / "corpus.txt").read_text(encoding="utf-8")
tokenizer = tokenizers.Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
tokenizer.encode_special_tokens = True
bytes_of = alphabet()


def decode(token):
    return bytes(bytes_of[character] for character in token)


def word_text(word):
    return decode(word).decode("utf-8")


file = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
expected = train(Counter(words_of(corpus)), decode, SIZE - 256 - len(SPECIAL))
assert [merge.split(" ") for merge in file["model"]["merges"]] == expected, "merges differ"

rows = []
for text in cases():
    encoding = tokenizer.encode(text)
    words = [word_text(word) for word in words_of(text)]
    assert "".join(words) == text and tokenizer.decode(encoding.ids) == text
    rows.append({"text": text, "words": words, "ids": encoding.ids})
generator = random.Random(SEED)
decodings = []
for _ in range(200):
    ids = generator.choices(range(tokenizer.get_vocab_size()), k=12)
    decodings.append({"ids": ids, "text": tokenizer.decode(ids)})
(FOLDER / "encodings.json").write_text(
    json.dumps(
        {"library": tokenizers.__version__, "seed": SEED, "cases": rows, "decodings": decodings}
    )
    + "\n"
)
