"""Golden values of the decoder: logits of two small random models, in float64.

    pip install numpy==2.4.6
    python transformer.py

Weights are not in the file: both sides draw them from SplitMix64, 24 bits of each word, in the order
of the layout below. Numbers of matrices are halved; norms are 1 plus a quarter of the number.
With `--transformers` (pip install torch==2.15.0 transformers==5.23.0) the published implementation
computes the same logits and must agree. Writes transformer.json.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "TestSupport"))
from splitmix import SplitMix64  # noqa: E402

V, C, L, H, KV, F = 37, 24, 2, 4, 2, 20
D = C // H
THETA, EPSILON = 100.0, float(np.float32(1e-5))
SEQUENCES = [[3, 1, 4, 1, 5, 9], [26], [5, 35, 8, 9, 7, 9, 32, 0, 36]]


def draw(seed, tied):
    random = SplitMix64(seed)
    matrix = lambda *shape: random.symmetric(shape) / 2
    norm = lambda: (1 + random.symmetric((C,)) / 4).astype(np.float32).astype(np.float64)
    weights = {"model.embed_tokens": matrix(V, C)}
    for layer in range(L):
        name = f"model.layers.{layer}."
        weights[name + "input_layernorm"] = norm()
        for part, heads in (("q", H), ("k", KV), ("v", KV)):
            weights[f"{name}self_attn.{part}_proj"] = matrix(heads * D, C)
        weights[name + "self_attn.o_proj"] = matrix(C, C)
        weights[name + "post_attention_layernorm"] = norm()
        weights[name + "mlp.gate_proj"] = matrix(F, C)
        weights[name + "mlp.up_proj"] = matrix(F, C)
        weights[name + "mlp.down_proj"] = matrix(C, F)
    weights["model.norm"] = norm()
    weights["lm_head"] = weights["model.embed_tokens"] if tied else matrix(V, C)
    return weights


def normalize(x, weight):
    return weight * x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + EPSILON)


def rotate(x):
    """x: [T, heads, D]; element i is paired with i + D/2."""
    angles = np.outer(np.arange(len(x)), THETA ** (-2 * np.arange(D // 2) / D))[:, None, :]
    a, b = x[..., : D // 2], x[..., D // 2 :]
    return np.concatenate(
        [a * np.cos(angles) - b * np.sin(angles), a * np.sin(angles) + b * np.cos(angles)], axis=-1
    )


def attend(x, weights, name):
    length = len(x)
    q = rotate((x @ weights[name + "q_proj"].T).reshape(length, H, D))
    k = rotate((x @ weights[name + "k_proj"].T).reshape(length, KV, D)).repeat(H // KV, axis=1)
    v = (x @ weights[name + "v_proj"].T).reshape(length, KV, D).repeat(H // KV, axis=1)
    scores = np.einsum("thd,shd->hts", q, k) / np.sqrt(D)
    scores[:, np.triu(np.ones((length, length), dtype=bool), 1)] = -np.inf
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return np.einsum("hts,shd->thd", p, v).reshape(length, C) @ weights[name + "o_proj"].T


def logits(weights, tokens):
    x = weights["model.embed_tokens"][tokens]
    for layer in range(L):
        name = f"model.layers.{layer}."
        normed = normalize(x, weights[name + "input_layernorm"])
        x = x + attend(normed, weights, name + "self_attn.")
        h = normalize(x, weights[name + "post_attention_layernorm"])
        gate, up = h @ weights[name + "mlp.gate_proj"].T, h @ weights[name + "mlp.up_proj"].T
        x = x + (gate / (1 + np.exp(-gate)) * up) @ weights[name + "mlp.down_proj"].T
    return normalize(x, weights["model.norm"]) @ weights["lm_head"].T


def check_with_transformers(weights, tied):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=V, hidden_size=C, intermediate_size=F, num_hidden_layers=L,
        num_attention_heads=H, num_key_value_heads=KV, rms_norm_eps=EPSILON,
        rope_parameters={"rope_type": "default", "rope_theta": THETA},
        max_position_embeddings=32, tie_word_embeddings=tied, attn_implementation="eager",
    )
    model = LlamaForCausalLM(config).double()
    state = {name + ".weight": torch.tensor(value) for name, value in weights.items()}
    model.load_state_dict(state)
    for tokens in SEQUENCES:
        found = model(torch.tensor([tokens])).logits[0].detach().numpy()
        distance = abs(found - logits(weights, tokens)).max()
        print(f"largest distance from transformers: {distance:.2g}")
        assert distance < 1e-5  # its rotary angles and norms are float32 inside


cases = []
for seed, tied in ((1, True), (2, False)):
    weights = draw(seed, tied)
    if "--transformers" in sys.argv:
        check_with_transformers(weights, tied)
    values = np.concatenate([logits(weights, tokens) for tokens in SEQUENCES])
    cases.append({
        "seed": seed,
        "tied": tied,
        "logits": [float(f"{value:.9g}") for value in values.reshape(-1)],
    })
with open(Path(__file__).with_suffix(".json"), "w") as file:
    json.dump({"numpy": np.__version__, "sequences": SEQUENCES, "cases": cases}, file)
    file.write("\n")
