"""Golden values of four styles of tokenizer, from Hugging Face's library.

    pip install tokenizers==0.23.3
    python styles.py [folder of real data]

Trains a small vocabulary of each style on the texts of this repository and on strings of other
scripts, and writes

- styles/NAME.json: the tokenizer as the library saves it;
- styles.json: ids of adversarial texts in each style; a hash of the ids of every scalar where
  Unicode's tables differ from one version to the next; texts that are read from bytes which are no
  UTF-8; and hashes of the ids of files of real data, which are no part of the repository.

With `--keep` the vocabularies stay as they are and only styles.json is written.
"""

import json
import random
import sys
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
SIZE, SEED = 1500, 9
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
OTHER_SCRIPTS = [
    "Zürich, señor, naïve façade, Łódź, İstanbul, ﬁne, Ångström", "Привет, как дела? Это пример текста.",
    "短い文章です。これはテストです。カタカナ", "这是一个简短的例子。今天天气很好。", "안녕하세요, 이것은 예입니다.",
    "مرحبا، كيف حالك؟ ١٢٣", "שלום, מה שלומך?", "नमस्ते, आप कैसे हैं? १२३", "สวัสดี นี่คือตัวอย่าง ๑๒๓", "Γειά σου Κόσμε",
    "👩‍👩‍👧‍👦 🙂 🇳🇴 👍🏽 ❤️", "tab\tand\r\nline ends\n\n\n", "1234567 3.14159 2026-11-21", "x²+y³=½",
]
# Letters, marks and numbers outside of the large blocks of ideographs, which are all alike, and
# the ends of these blocks.
SCALARS = [
    (0x0, 0x3400), (0x4DB0, 0x4E10), (0x9FF0, 0xAC10), (0xD7A0, 0xD800), (0xE000, 0xE010),
    (0xF8F0, 0xFDD0), (0xFDD1, 0x11000), (0x11000, 0x13500), (0x14400, 0x14700), (0x16000, 0x17010),
    (0x187F0, 0x18E00), (0x1AFF0, 0x20010), (0x2A6D0, 0x2A710), (0x2B730, 0x2B830),
    (0x2CE90, 0x2CEC0), (0x2EBD0, 0x2EE70), (0x31340, 0x31360), (0x323A0, 0x33490),
    (0xE0000, 0xE0200), (0x10FFF0, 0x110000),
]
DATA = [
    "ag-news/test.csv", "banking77/train.csv", "big-bench/epistemic_reasoning.json",
    "clinc150/data_small.json", "glue/MNLI/train.json", "glue/QNLI/train.json",
    "glue/RTE/train.json", "glue/SST-2/train.json", "gsm8k/train.jsonl", "imdb/dev.json",
    "lm-gutenberg/austen-emma.txt", "lm-gutenberg/chesterton-brown.txt",
    "lm-tinyshakespeare/input.txt", "lm-tinystories/tinystories_sample.txt", "lm-wikitext2/valid.txt",
    "scitldr/train.jsonl", "sent-conv/subj.all", "squad/dev-v2.0.json", "superglue/BoolQ/val.jsonl",
    "wiki-split/tune_first3000.tsv",
]


def byte_level(regex):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=regex)


def split(numbers):
    pattern = pre_tokenizers.Split(Regex(WORDS % numbers), "isolated")
    return pre_tokenizers.Sequence([pattern, byte_level(False)])


def train(pre_tokenizer, special=(), alphabet=None, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    alphabet = alphabet or pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=list(special), initial_alphabet=sorted(alphabet),
        limit_alphabet=len(alphabet), show_progress=False,
    )
    paths = [*sorted(ROOT.glob("Data/**/*.txt")), *sorted(ROOT.glob("Data/**/*.yaml"))]
    paths += [*sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("Data/**/prompts.jsonl"))]
    texts = [path.read_text(encoding="utf-8")[:40_000] for path in paths]
    tokenizer.train_from_iterator(texts + OTHER_SCRIPTS * 8, trainer)
    return tokenizer


def gpt2():
    tokenizer = train(byte_level(True))
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    tokenizer.add_special_tokens([AddedToken("<|endoftext|>", special=True, normalized=True)])
    tokenizer.add_tokens([
        AddedToken("<mask>", lstrip=True), AddedToken("[SEP]", rstrip=True, normalized=False),
        AddedToken("<both>", lstrip=True, rstrip=True), AddedToken("solo", single_word=True),
        AddedToken("<a"), AddedToken("<a>b"), AddedToken(" two words "),
    ])
    return tokenizer


def llama3():
    tokenizer = train(split(r"\p{N}{1,3}"))
    model = json.loads(tokenizer.to_str())
    # Tokens that no merges lead to: `ignore_merges` takes them where they are a whole word.
    for text in ["Ġunreachable", "Ġquestionnaires", "Xylophone", "éĢĻ", "ĠWorldwide"]:
        model["model"]["vocab"].setdefault(text, len(model["model"]["vocab"]))
    model["model"]["ignore_merges"] = True
    tokenizer = Tokenizer.from_str(json.dumps(model))
    names = ["begin_of_text", "end_of_text", "start_header_id", "end_header_id", "eot_id"]
    tokenizer.add_special_tokens([f"<|{name}|>" for name in names])
    begin = "<|begin_of_text|>"
    template = processors.TemplateProcessing(
        single=f"{begin} $A", pair=f"{begin} $A {begin}:1 $B:1",
        special_tokens=[(begin, tokenizer.token_to_id(begin))],
    )
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


def qwen2():
    tokenizer = train(split(r"\p{N}"), normalizer=normalizers.NFC())
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([
        *[AddedToken(text, normalized=False) for text in ["<think>", "</think>", "<tool_call>"]],
        AddedToken("<e\u0301>", normalized=True), AddedToken("<o\u0308>", normalized=False),
    ])
    return tokenizer


def smollm():
    digits = pre_tokenizers.Digits(individual_digits=True)
    alphabet = set(pre_tokenizers.ByteLevel.alphabet()) - set("\u0104\u0106\u00f1\u00ff")
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>", "<file_sep>"]
    return train(pre_tokenizers.Sequence([digits, byte_level(True)]), names, alphabet)


def adversarial():
    fixed = [
        "", " ", "  ", "\n", " \n ", "\r\n\r\n", "\r\r\n a", "a", " a", "a  b", "a   b\n\n  c", "\n\na", "\t\ta\t b", "a \t\n \tb",
        "I'll SAY IT'S what they'Ve 'S'T'RE'VE'M'LL'D 'sS ''s '", "it\u2019s 'ſ a'ſb 'K 'l 'r 'v 'lL 'Rex",
        "12345678 1 12 123 1234 ab12cd a1 1a ²³¹ ⅷⅸ १२३४ ١٢٣٤ 3.14 1,000,000", "5 apples   6  7\n8", "x5's 5's  5 's",
        "(hello) [world] {a:b} ...a ,,,\n\n ;;\r\n a.b .a\n\n\nb !!\n\n!! -\r\r\n-", " (a) ( a) \t(a) \u00a0a \u3000中",
        "e\u0301 \u0301a a\u0323\u0301 a\u0301\u0323 \u1100\u1161\u11a8 \uac00\u11a8 \u212b \u2126 \u0958 \u09c7\u09be",
        "👩‍👩‍👧‍👦👩🏽‍🚀 🙂🙂🇳🇴🇳🇴 1\ufe0f\u20e3 ❤️❤ \U0001f9d1\u200d\U0001f4bb", "a\u200bb\u200cc\u200dd\u2060e\ufefff \u200f\u202ez",
        "\u0000\u0001\u0004\u0006\u0007 \u007f\u0080\u009f\u001c\u001d\u001e\u001f x\u0085y\u2028z\u2029w",
        " " * 10_000, " " * 10_000 + "a", "\n" * 500 + " b", "\t" * 77 + "c", "a" * 3000, "ab" * 700, "é" * 900, "1" * 501, "'" * 70,
        "中" * 300 + "文", "\U000f0000\U0010ffff\ue000 \ufffe\uffff\U0001ffff", "th\u0004e \u0004 \u0006\u0006 \U00040000",
        "<|endoftext|> <|end|><|im_start|>user\nhi<|im_end|>\n<|im_end|", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>",
        "a <mask> b<mask>  c  \n<mask>[SEP]  d[SEP]\n\ne <both>  <both> \u00a0<both>\u3000x", "solo solos solo_ solo-a _solo sólo solo\u0301 solo🙂 1solo solo",
        "<a <a> <a>b <a>bb <<a>b a two words b two words two words ", "<think>\nso </think>\n\n<tool_call> </think",
        "<e\u0301> <\u00e9> <o\u0308> <\u00f6> e\u0301<|im_end|>\u0301a", "<repo_name>x<file_sep>y<repo_name", "unreachable questionnaires Xylophone 這 Worldwide",
        "def f(x):\n    return x  # done\n\n\n\tif a<=b and c!=d:\r\n\t\tpass", "https://example.org/a?b=c&d=%20#e user@example.org C:\\path\\file.txt",
    ]
    generator = random.Random(SEED)
    pool = list("aeinrstdvmLSTRE 0129'''  \n\n\r\t.,!?()éßж中🙂ſ") + [
        "\u0301", "\u0323", "\u200d", "\u00a0", "\u3000", "\u2028", "١", "²", "\u1161", "\u1100", "<mask>", "solo", "<|im_end|>", "<think>"]
    mixed = ["".join(generator.choices(pool, k=generator.randint(1, 80))) for _ in range(150)]
    scalars = [c for first, end in SCALARS for c in range(first, end)]
    wild = ["".join(map(chr, generator.choices(scalars, k=30))) for _ in range(60)]
    return fixed + OTHER_SCRIPTS + mixed + wild


def every_scalar():
    return "".join(f"a{chr(c)}b {chr(c)}{chr(c)}" for first, end in SCALARS for c in range(first, end))


def broken_bytes():
    """Parts of characters, overlong forms, surrogates, values out of range, and random bytes."""
    fixed = [
        "80", "bf", "c0", "c0af", "c1bf", "c2", "c241", "e0", "e080", "e09f80", "e0a0", "e0a041", "e2", "e282", "e28241", "e282ac", "eda080", "edbfbf",
        "ed9f", "ef", "efbf", "efbfbd", "f0", "f080", "f0808080", "f08fbfbf", "f09f", "f09f99", "f09f9941", "f09f9982", "f48fbfbf", "f4908080", "f4bf",
        "f5", "f5808080", "f8888080", "fe", "ff", "fffe", "41ff42", "f09ff09f99", "e2e282", "f1f1f1", "f180c2a9", "c3c3a9", "efb790", "20f0909080",
    ]
    generator = random.Random(SEED)
    leads = [0x20, 0x41, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF, 0x8F, 0x90]
    some = [bytes(generator.choices(leads, k=24)) for _ in range(80)]
    some += [bytes(generator.randbytes(24)) for _ in range(40)]
    rows = [bytes.fromhex(text) for text in fixed] + some
    return [{"bytes": row.hex(), "text": row.decode("utf-8", errors="replace")} for row in rows]


def hash_of(ids):
    """FNV-1a, 64 bits, over the ids as little-endian 32-bit integers."""
    value = 0xCBF29CE484222325
    for token in ids:
        for byte in token.to_bytes(4, "little"):
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def main(data=None, keep=False):
    texts, scalars = adversarial(), every_scalar()
    styles = []
    for build in [gpt2, llama3, qwen2, smollm]:
        path = FOLDER / "styles" / f"{build.__name__}.json"
        if not keep:
            build().save(str(path), pretty=False)
        tokenizer = Tokenizer.from_file(str(path))

        def ids(text):
            return tokenizer.encode(text, add_special_tokens=False).ids

        style = {"name": build.__name__, "ids": [ids(text) for text in texts]}
        style["prefix"] = tokenizer.encode("", add_special_tokens=True).ids
        style["everyScalar"] = hash_of(ids(scalars))
        files = []
        for name in DATA if data else []:
            content = (Path(data) / name).read_bytes()
            found = ids(content.decode("utf-8", errors="replace"))
            files.append({"file": name, "bytes": len(content), "tokens": len(found), "hash": hash_of(found)})
        style["files"] = files
        styles.append(style)
    content = {
        "library": tokenizers.__version__, "seed": SEED, "ranges": SCALARS, "texts": texts,
        "broken": broken_bytes(), "styles": styles,
    }
    (FOLDER / "styles.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(sum(row["bytes"] for row in styles[0]["files"]), "bytes of real data")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--keep"]
    main(arguments[0] if arguments else None, "--keep" in sys.argv)
