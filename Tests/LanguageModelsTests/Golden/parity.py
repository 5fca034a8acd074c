"""Golden values of training, from PyTorch in float32: logits, gradients and 20 steps of AdamW.

    pip install numpy==2.4.6 safetensors==0.8.0 torch==2.15.0 transformers==5.23.0
    python parity.py

Neither weights nor tokens are in the files: both sides draw them from SplitMix64, 24 bits of each
word. Weights come in the order of `names`; numbers of matrices are halved, norms are 1 plus a
quarter of the number. A number u in 0..<1 gives the token ⌊V u²⌋, so that small tokens are frequent
and there is something to learn. Each step has a new batch of ragged sequences. The loss is the mean
of −log p over all tokens but the first of each sequence; each sequence runs alone, without padding.

Writes parity.json (shapes, settings, the losses and gradient norms of the steps) and, for the first
batch and the weights before training, parity-<name>.safetensors: the gradient of every parameter
under its published name, and `logits`, of every `logitStride`-th token of the batch. Another CPU or
number of threads moves the last digits.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import save_file

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1] / "TestSupport"))
from splitmix import SplitMix64  # noqa: E402

# Head widths 6 and 16; grouped queries, and a key head for each query head.
SHAPES = {
    "tied": dict(
        vocabularySize=257, width=36, layers=3, heads=6, keyValueHeads=2, feedForward=44,
        ropeTheta=100.0, normEpsilon=1e-5, maximumLength=80, tiedEmbeddings=True,
    ),
    "untied": dict(
        vocabularySize=259, width=32, layers=2, heads=2, keyValueHeads=2, feedForward=75,
        ropeTheta=10000.0, normEpsilon=1e-6, maximumLength=80, tiedEmbeddings=False,
    ),
}
LENGTHS = [70, 1, 19, 6]
LOGIT_STRIDE = 4
STEPS = 20
LEARNING_RATE = 5e-3  # less would hardly move the loss in so few steps
OPTIMIZER = dict(
    beta1=0.9, beta2=0.95, epsilon=1e-8, weightDecay=0.1, maximumGradientNorm=1.0
)


def build(shape):
    config = transformers.LlamaConfig(
        vocab_size=shape["vocabularySize"], hidden_size=shape["width"],
        intermediate_size=shape["feedForward"], num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"], num_key_value_heads=shape["keyValueHeads"],
        rope_parameters={"rope_type": "default", "rope_theta": shape["ropeTheta"]},
        rms_norm_eps=shape["normEpsilon"], max_position_embeddings=shape["maximumLength"],
        tie_word_embeddings=shape["tiedEmbeddings"],
    )
    return transformers.LlamaForCausalLM(config).float()


def names(shape):
    yield "model.embed_tokens.weight"
    for layer in range(shape["layers"]):
        for part in (
            "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
            "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj",
            "mlp.down_proj",
        ):
            yield f"model.layers.{layer}.{part}.weight"
    yield "model.norm.weight"
    if not shape["tiedEmbeddings"]:
        yield "lm_head.weight"


@torch.no_grad()
def draw_weights(model, shape, seed):
    random = SplitMix64(seed)
    parameters = dict(model.named_parameters())
    for name in names(shape):
        weight = parameters.pop(name)
        numbers = random.symmetric(weight.shape)
        weight.copy_(torch.tensor(numbers / 2 if weight.ndim > 1 else 1 + numbers / 4))
    assert not parameters


def draw_batch(random, vocabulary):
    return [
        [(random.next() >> 40) ** 2 * vocabulary >> 48 for _ in range(length)]
        for length in LENGTHS
    ]


def loss_and_logits(model, batch):
    logits = [model(torch.tensor([tokens])).logits[0] for tokens in batch]
    predictions = torch.cat([rows[:-1] for rows in logits])
    targets = torch.tensor([token for tokens in batch for token in tokens[1:]])
    return torch.nn.functional.cross_entropy(predictions, targets), torch.cat(logits)


def adamw(model):
    decay = OPTIMIZER["weightDecay"]
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups, lr=LEARNING_RATE, betas=(OPTIMIZER["beta1"], OPTIMIZER["beta2"]),
        eps=OPTIMIZER["epsilon"],
    )


def write_first_batch(model, name, logits):
    tensors = {key: p.grad.clone() for key, p in model.named_parameters()}
    tensors["logits"] = logits.detach()[::LOGIT_STRIDE].contiguous()
    save_file(tensors, FOLDER / f"parity-{name}.safetensors")


def train(name, shape, weight_seed, data_seed):
    model = build(shape)
    draw_weights(model, shape, weight_seed)
    random = SplitMix64(data_seed)
    optimizer = adamw(model)
    losses, norms = [], []
    for step in range(STEPS):
        loss, logits = loss_and_logits(model, draw_batch(random, shape["vocabularySize"]))
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            write_first_batch(model, name, logits)
        limit = OPTIMIZER["maximumGradientNorm"]
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), limit).item())
        losses.append(loss.item())
        optimizer.step()
    print(name, "losses", np.round(losses, 3), "norms", np.round(norms, 2))
    assert losses[-1] < losses[0] and max(norms) > limit
    return {
        "name": name, "configuration": shape, "weightSeed": weight_seed, "dataSeed": data_seed,
        "losses": [float(f"{value:.7g}") for value in losses],
        "gradientNorms": [float(f"{value:.7g}") for value in norms],
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    golden = {
        "torch": torch.__version__.split("+")[0], "transformers": transformers.__version__,
        "lengths": LENGTHS, "logitStride": LOGIT_STRIDE, "learningRate": LEARNING_RATE,
        "optimizer": OPTIMIZER,
        "cases": [
            train(name, shape, weight_seed=seed, data_seed=100 + seed)
            for seed, (name, shape) in enumerate(SHAPES.items(), start=1)
        ],
    }
    (FOLDER / "parity.json").write_text(json.dumps(golden, indent=1) + "\n")
