"""Golden values of beam search, from `generate` of transformers in float32.

    pip install numpy==2.4.6 torch==2.15.0 transformers==5.23.0
    python beam-search.py

Weights are not in the file: both sides draw them from SplitMix64, 24 bits of each word, in the order
of `names`; numbers of matrices are halved, norms are 1 plus a quarter of the number. `score` is transformers' (divided by the power
of the length), `logProbability` the sum of the tokens' own, by a forward pass over the whole.
"""

import json
import sys
from pathlib import Path

import torch
import transformers

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1] / "TestSupport"))
from splitmix import SplitMix64  # noqa: E402

SHAPE = dict(
    vocabularySize=37, width=24, layers=2, heads=4, keyValueHeads=2, feedForward=20,
    ropeTheta=100.0, normEpsilon=1e-5, maximumLength=160, tiedEmbeddings=True,
)
WEIGHTS, PROMPTS, COUNT = 11, 12, 6
CASES = [
    dict(beams=4, best=4, newTokens=16, lengthPenalty=1.0, stopping="whenUnlikely", ends=[31]),
    dict(beams=4, best=2, newTokens=16, lengthPenalty=1.0, stopping="whenFull", ends=[34]),
    dict(beams=4, best=4, newTokens=16, lengthPenalty=2.0, stopping="whenImpossible", ends=[31]),
    dict(beams=3, best=3, newTokens=20, lengthPenalty=0.0, stopping="whenUnlikely", ends=[0, 5, 9]),
    dict(beams=5, best=3, newTokens=9, lengthPenalty=-1.0, stopping="whenImpossible", ends=[3, 4]),
    dict(beams=2, best=1, newTokens=1, lengthPenalty=1.0, stopping="whenUnlikely", ends=[0]),
    dict(beams=7, best=7, newTokens=25, lengthPenalty=0.6, stopping="whenFull", ends=[0, 1, 2, 3]),
]
EARLY = dict(whenFull=True, whenUnlikely=False, whenImpossible="never")


def names():
    yield "model.embed_tokens.weight"
    for layer in range(SHAPE["layers"]):
        for part in (
            "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
            "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj",
            "mlp.down_proj",
        ):
            yield f"model.layers.{layer}.{part}.weight"
    yield "model.norm.weight"


@torch.no_grad()
def build():
    config = transformers.LlamaConfig(
        vocab_size=SHAPE["vocabularySize"], hidden_size=SHAPE["width"],
        intermediate_size=SHAPE["feedForward"], num_hidden_layers=SHAPE["layers"],
        num_attention_heads=SHAPE["heads"], num_key_value_heads=SHAPE["keyValueHeads"],
        rope_parameters={"rope_type": "default", "rope_theta": SHAPE["ropeTheta"]},
        rms_norm_eps=SHAPE["normEpsilon"], max_position_embeddings=SHAPE["maximumLength"],
        tie_word_embeddings=True, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )
    model = transformers.LlamaForCausalLM(config).float().eval()
    random = SplitMix64(WEIGHTS)
    parameters = dict(model.named_parameters())
    for name in names():
        weight = parameters.pop(name)
        numbers = torch.tensor(random.symmetric(weight.shape))
        weight.copy_(numbers / 2 if weight.ndim > 1 else 1 + numbers / 4)
    assert not parameters
    return model


def draw_prompts():
    random = SplitMix64(PROMPTS)
    vocabulary = SHAPE["vocabularySize"]
    return [
        [(random.next() >> 40) * vocabulary >> 24 for _ in range(index % 7 + 1)]
        for index in range(COUNT)
    ]


@torch.no_grad()
def search(model, prompt, case):
    found = model.generate(
        torch.tensor([prompt]), num_beams=case["beams"], num_return_sequences=case["best"],
        max_new_tokens=case["newTokens"], length_penalty=case["lengthPenalty"],
        early_stopping=EARLY[case["stopping"]], eos_token_id=case["ends"], pad_token_id=36,
        do_sample=False, return_dict_in_generate=True, output_scores=True,
    )
    results = []
    for sequence, score in zip(found.sequences.tolist(), found.sequences_scores.tolist()):
        new = sequence[len(prompt):]
        end = next((index for index, token in enumerate(new) if token in case["ends"]), None)
        if end is not None:  # what follows is padding
            new = new[:end + 1]
        logits = model(torch.tensor([prompt + new])).logits[0, len(prompt) - 1 : -1]
        log_probs = logits.log_softmax(-1)[range(len(new)), new]
        results.append(dict(
            tokens=new if end is None else new[:-1], endToken=None if end is None else new[-1],
            logProbability=float(log_probs.double().sum()), score=score))
    return results


if __name__ == "__main__":
    torch.set_num_threads(1)
    model = build()
    prompts = draw_prompts()
    golden = dict(
        torch=torch.__version__.split("+")[0], transformers=transformers.__version__,
        configuration=SHAPE, weightSeed=WEIGHTS, prompts=prompts,
        cases=[
            case | dict(results=[search(model, prompt, case) for prompt in prompts])
            for case in CASES
        ],
    )
    for case in golden["cases"]:
        every = [result for results in case["results"] for result in results]
        print(case["stopping"], len(every), "of which ended",
              sum(result["endToken"] is not None for result in every))
    (FOLDER / "beam-search.json").write_text(json.dumps(golden) + "\n")
