"""What `transformers` makes of an exported folder: reads prompts from standard input, writes JSON.

    python scripts/peers/transformers_parity.py FOLDER < prompts.json > answers.json

prompts.json: [{"text": …, "kind": … or null}]. For each prompt the answer has the token ids that the
chat template gives, the ids of the greedy continuation, and for the first few the logits of the next
token. Tests/PipelineTests/PeerTests.swift compares them with ours.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

WITH_LOGITS = 20


def main(folder):
    torch.set_grad_enabled(False)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    answers = []
    for index, prompt in enumerate(json.load(sys.stdin)):
        variables = {} if prompt.get("kind") is None else {"kind": prompt["kind"]}
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt["text"]}], add_generation_prompt=True,
            tokenize=True, return_dict=False, **variables)
        inputs = torch.tensor([ids])
        output = model.generate(
            inputs, attention_mask=torch.ones_like(inputs), do_sample=False, max_new_tokens=64)
        answer = {"ids": ids, "new": output[0, len(ids):].tolist()}
        if index < WITH_LOGITS:
            answer["logits"] = model(inputs).logits[0, -1].tolist()
        answers.append(answer)
    json.dump(answers, sys.stdout)


main(sys.argv[1])
