"""How fast Hugging Face's `tokenizers` encodes the documents of `mapo bench tokenizer`.

    pip install tokenizers==0.23.3
    python scripts/peers/tokenizers_speed.py tokenizer.json text.txt

One thread, the same file, the same documents: whole lines, of 4,096 bytes or a few more together.
Prints {"megabytesPerSecond", "tokens"} for its fastest way to encode (a batch, without offsets),
the best of five passes; a megabyte is 1,000,000 bytes of UTF-8.
"""

import json
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

from tokenizers import Tokenizer  # noqa: E402

PASSES, SIZE = 5, 4096


def documents(text):
    lines, size = [], 0
    for line in text.split("\n"):
        lines.append(line)
        size += len(line.encode("utf-8")) + 1
        if size >= SIZE:
            yield "\n".join(lines) + "\n"
            lines, size = [], 0
    yield "\n".join(lines)


def main(tokenizer_path, text_path):
    tokenizer = Tokenizer.from_file(tokenizer_path)
    data = open(text_path, "rb").read()
    texts = list(documents(data.decode("utf-8", errors="replace")))
    best, tokens = float("inf"), 0
    for _ in range(PASSES):
        start = time.perf_counter()
        encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        best = min(best, time.perf_counter() - start)
        tokens = sum(len(encoding.ids) for encoding in encodings)
    print(json.dumps({"megabytesPerSecond": len(data) / 1e6 / best, "tokens": tokens}))


if __name__ == "__main__":
    main(*sys.argv[1:])
