"""Golden values of GGUF: blocks of Q8_0, and a file of llama.cpp's own writer.

    pip install numpy==2.4.6 gguf==0.19.0 tokenizers==0.23.3
    python gguf.py

Writes gguf.json: numbers and the bytes that the `gguf` package makes of them, both as hexadecimal
digits, little-endian; texts and their ids by the `tokenizers` package. Writes gguf-llama.gguf: a
model of random weights (drawn as in transformer.py) whose query and key rows are exchanged as
llama.cpp's converter does, and a byte-level tokenizer with three merges.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

# Not this file, which has the package's name.
sys.path = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).parent]
import gguf  # noqa: E402
import numpy as np  # noqa: E402
import tokenizers  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[2] / "TestSupport"))
from splitmix import SplitMix64  # noqa: E402

SEED = 5
C, L, H, KV, F = 16, 2, 2, 1, 24
D = C // H
SPECIAL = ["<|pad|>", "<|endoftext|>", "<|answer|>"]
MERGES = [("Ġ", "t"), ("h", "e"), ("Ġt", "he")]
TEXTS = ["the cat, the hat", "<|endoftext|> then ☕", " tthe  the\n"]


def blocks():
    """Ordinary numbers, ties, zeros, one outlier, numbers whose scale underflows, huge ones."""
    random = SplitMix64(SEED)
    ordinary = random.symmetric((4, 32), scale=0.3)
    ties = np.concatenate([[127.0], np.arange(-15, 16) + 0.5])[None]
    outlier = random.symmetric((1, 32), scale=1e-3)
    outlier[0, 7] = -40
    tiny = random.symmetric((1, 32), scale=1e-7)
    huge = random.symmetric((1, 32), scale=3e6)
    rows = [ordinary, ties, np.zeros((1, 32)), outlier, tiny, huge]
    return np.concatenate(rows).astype(np.float32)


def byte_alphabet():
    """GPT-2's mapping of bytes to printable characters."""
    kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte) if byte in kept else chr(next(others)) for byte in range(256)]


def permuted(weights, heads):
    """Rows of each head as llama.cpp's architecture `llama` has them."""
    return (
        weights.reshape(heads, 2, D // 2, -1).swapaxes(1, 2).reshape(weights.shape)
    )


def write_model(path, tokens, types):
    random = SplitMix64(SEED)
    matrix = lambda *shape: (random.symmetric(shape) / 2).astype(np.float32)
    norm = lambda: (1 + random.symmetric((C,)) / 4).astype(np.float32)
    weights = {"token_embd": matrix(len(tokens), C)}
    for layer in range(L):
        name = f"blk.{layer}."
        weights[name + "attn_norm"] = norm()
        weights[name + "attn_q"] = permuted(matrix(C, C), H)
        weights[name + "attn_k"] = permuted(matrix(KV * D, C), KV)
        weights[name + "attn_v"] = matrix(KV * D, C)
        weights[name + "attn_output"] = matrix(C, C)
        weights[name + "ffn_norm"] = norm()
        weights[name + "ffn_gate"], weights[name + "ffn_up"] = matrix(F, C), matrix(F, C)
        weights[name + "ffn_down"] = matrix(C, F)
    weights["output_norm"] = norm()

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(C)
    writer.add_block_count(L)
    writer.add_feed_forward_length(F)
    writer.add_head_count(H)
    writer.add_head_count_kv(KV)
    writer.add_rope_dimension_count(D)
    writer.add_rope_freq_base(100.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(pair) for pair in MERGES])
    writer.add_eos_token_id(1)
    writer.add_eot_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template("{{ messages[0].content }}<|answer|>")
    for name, values in weights.items():
        writer.add_tensor(name + ".weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def encode(tokens):
    model = tokenizers.models.BPE({token: id for id, token in enumerate(tokens)}, MERGES)
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(SPECIAL)
    return [tokenizer.encode(text).ids for text in TEXTS]


numbers = blocks()
quantized = gguf.quants.quantize(numbers, gguf.GGMLQuantizationType.Q8_0)
read = gguf.quants.dequantize(quantized, gguf.GGMLQuantizationType.Q8_0)
vocabulary = SPECIAL + byte_alphabet() + ["".join(pair) for pair in MERGES]
kinds = [gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (len(vocabulary) - 3)
write_model(Path(__file__).with_name("gguf-llama.gguf"), vocabulary, kinds)
golden = {
    "versions": {name: version(name) for name in ("gguf", "numpy", "tokenizers")},
    "seed": SEED,
    "numbers": numbers.astype("<f4").tobytes().hex(),
    "quantized": quantized.tobytes().hex(),
    "dequantized": read.astype("<f4").tobytes().hex(),
    "texts": TEXTS,
    "ids": encode(vocabulary),
}
with open(Path(__file__).with_suffix(".json"), "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
