"""Small random models of each family, written by transformers itself, with what it computes.

    pip install numpy==2.4.6 safetensors==0.8.0 torch==2.15.0 transformers==5.23.0
    python families.py

Each folder below families/ is what save_pretrained writes, without a tokenizer. The expected values
are computed after loading the folder again in float32: families.safetensors has the logits of the
positions in POSITIONS of one prompt, families.json the prompt, and the 64 tokens that greedy decoding
adds to it. Weights are drawn larger than usual, so that logits differ by more than rounding: the
script checks that the best token leads by at least MARGIN wherever greedy decoding chooses, and takes
the next seed where it does not.
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (
    AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM,
    Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

SEED = 1
VOCABULARY = 272
NEW_TOKENS = 64
MARGIN = 2e-3
POSITIONS = [0, 1, 17, 99]
SMALL = dict(
    vocab_size=VOCABULARY, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=192, rms_norm_eps=1e-5,
    bos_token_id=None, eos_token_id=None, pad_token_id=None)
LLAMA3 = dict(
    rope_type="llama3", rope_theta=500.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=64)

# Name of the folder: class, what its configuration has besides, type of its numbers, shard size.
MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig(**SMALL, tie_word_embeddings=True), "float32", None),
    "llama3": (
        LlamaForCausalLM,
        LlamaConfig(**(SMALL | dict(num_attention_heads=2, num_key_value_heads=1)), head_dim=16,
                    rope_parameters=LLAMA3, tie_word_embeddings=False), "float32", None),
    "llama-bias": (
        LlamaForCausalLM, LlamaConfig(**SMALL, attention_bias=True, tie_word_embeddings=True),
        "float32", None),
    "llama-bfloat16": (
        LlamaForCausalLM, LlamaConfig(**SMALL, tie_word_embeddings=False), "bfloat16", None),
    "mistral": (
        MistralForCausalLM,
        MistralConfig(**SMALL, head_dim=8, sliding_window=None, tie_word_embeddings=False),
        "float32", None),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**SMALL, tie_word_embeddings=True), "float32", None),
    "qwen2-sharded": (
        Qwen2ForCausalLM, Qwen2Config(**SMALL, tie_word_embeddings=False), "float32", "20KB"),
    "qwen3": (
        Qwen3ForCausalLM, Qwen3Config(**SMALL, head_dim=8, tie_word_embeddings=True), "float32",
        None),
    "qwen3-float16": (
        Qwen3ForCausalLM,
        Qwen3Config(**SMALL, head_dim=8, attention_bias=True, tie_word_embeddings=False), "float16",
        None),
}


def randomize(model, generator):
    """Matrices of deviation 1/√inputs, embeddings and biases of order 1, norms around 1."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("norm.weight"):
            parameter.data = 1 + 0.3 * noise
        elif parameter.dim() == 1:
            parameter.data = 0.5 * noise
        elif "embed" in name:
            parameter.data = noise
        else:
            parameter.data = noise * 1.5 / parameter.shape[1] ** 0.5


def greedy(model, prompt):
    """The tokens that greedy decoding adds, and the smallest lead of a best token."""
    tokens, lead = list(prompt), float("inf")
    for _ in range(NEW_TOKENS):
        best = model(torch.tensor([tokens])).logits[0, -1].topk(2)
        lead = min(lead, float(best.values[0] - best.values[1]))
        tokens.append(int(best.indices[0]))
    return tokens[len(prompt):], lead


@torch.no_grad()
def make(name, folder):
    kind, configuration, dtype, shard_size = MODELS[name]
    for seed in range(SEED, SEED + 1000):
        generator = torch.Generator().manual_seed(seed)
        model = kind(configuration)
        randomize(model, generator)
        if configuration.tie_word_embeddings:
            model.tie_weights()
        shutil.rmtree(folder, ignore_errors=True)
        size = {"max_shard_size": shard_size} if shard_size else {}
        model.to(getattr(torch, dtype)).save_pretrained(folder, **size)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        prompt = torch.randint(VOCABULARY, (max(POSITIONS) + 1,), generator=generator).tolist()
        answer, lead = greedy(model, prompt)
        if lead >= MARGIN and len(set(answer)) >= NEW_TOKENS // 4:
            logits = model(torch.tensor([prompt])).logits[0, POSITIONS]
            (folder / "generation_config.json").unlink(missing_ok=True)
            return dict(seed=seed, prompt=prompt, answer=answer, lead=lead), logits
    raise SystemExit(f"{name}: no seed has a lead of {MARGIN}")


here = Path(__file__).parent
expected, logits = {}, {}
for name in MODELS:
    expected[name], logits[name] = make(name, here / "families" / name)
    print(name, expected[name]["seed"], expected[name]["lead"], float(logits[name].std()))
(here / "families.json").write_text(
    json.dumps(dict(positions=POSITIONS, models=expected), separators=(",", ":")) + "\n")
save_file({name: value.contiguous() for name, value in logits.items()}, here / "families.safetensors")
