"""Rewrites of an exported GGUF file in llama.cpp, against those of `mapo rewrite`.

    pip install numpy==2.4.6 jinja2==3.1.6 llama-cpp-python==0.3.36
    mapo rewrite --rewriter MODEL --kind qa --json < PROMPTS > REWRITES
    python scripts/peers/llamacpp_parity.py MODEL.gguf REWRITES --kind qa --quantized SMALL.gguf

Every prompt is shown by the file's own chat template, cut into tokens and continued greedily by
llama.cpp with a cache in single precision; the text must be what `mapo rewrite` printed. Prompts
that a guard kept say nothing and are left out. A line may have a `kind` of its own. With
`--quantized`, the mean divergence of the next token's distribution, KL(MODEL || SMALL), over all
tokens of prompts and rewrites. Exits 1 where a rewrite differs.
"""

import argparse
import json
import sys

import llama_cpp
import numpy as np
from jinja2.sandbox import ImmutableSandboxedEnvironment

FLOAT32 = 0  # ggml's number of the type


def load(path, logits_all=False):
    return llama_cpp.Llama(
        path, n_ctx=0, n_batch=2048, type_k=FLOAT32, type_v=FLOAT32, logits_all=logits_all,
        verbose=False,
    )


def prompt_tokens(model, template, text, kind):
    values = {"kind": kind} if kind else {}
    shown = template.render(
        messages=[{"role": "user", "content": text}], add_generation_prompt=True,
        bos_token=token_text(model, model.token_bos()), **values,
    )
    return model.tokenize(shown.encode(), add_bos=False, special=True)


def token_text(model, token):
    return model.detokenize([token], special=True).decode()


def continued(model, tokens):
    """What the model writes after the tokens, with the token that ends it."""
    written = []
    model.reset()
    for token in model.generate(tokens, temp=0.0, repeat_penalty=1.0):
        written.append(token)
        if llama_cpp.llama_vocab_is_eog(model._model.vocab, token):
            break
        if len(tokens) + len(written) >= model.n_ctx():
            break
    return written


def log_probs(model, tokens):
    model.reset()
    model.eval(tokens)
    logits = np.array(model.scores[: len(tokens)], dtype=np.float64)
    logits -= logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("rewrites")
    parser.add_argument("--kind")
    parser.add_argument("--quantized")
    options = parser.parse_args()

    model = load(options.model)
    # As transformers renders chat templates.
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(model.metadata["tokenizer.chat_template"])
    rows = [json.loads(line) for line in open(options.rewrites)]
    changed = [row for row in rows if not row["kept"]]
    texts, same = [], 0
    for row in changed:
        tokens = prompt_tokens(model, template, row["original"], row.get("kind", options.kind))
        written = continued(model, tokens)
        texts.append(tokens + written)
        text = model.detokenize(written).decode()
        same += text == row["rewritten"]
        if text != row["rewritten"]:
            print(json.dumps({"expected": row["rewritten"], "found": text}))
    print(f"{same} of {len(changed)} rewrites are the same ({len(rows) - len(changed)} kept)")
    if options.quantized:
        full, small = load(options.model, True), load(options.quantized, True)
        divergences = []
        for tokens in texts:
            expected, found = log_probs(full, tokens), log_probs(small, tokens)
            divergences.append((np.exp(expected) * (expected - found)).sum(axis=-1))
        divergences = np.concatenate(divergences)
        print(f"mean KL of {len(divergences)} tokens: {divergences.mean():.3g} nats")
    sys.exit(same < len(changed))


main()
