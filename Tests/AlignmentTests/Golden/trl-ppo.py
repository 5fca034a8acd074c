"""Writes trl-ppo.json: what TRL 0.21's PPOTrainer computes from given weights and rollouts.

    python3.11 -m venv ppo && ppo/bin/pip install torch==2.15.0 trl==0.21.0 transformers==4.55.4 \\
        tokenizers==0.21.4 huggingface-hub==0.34.4 accelerate==1.10.0 datasets==4.0.0
    ppo/bin/python trl-ppo.py

What is TRL's: `PPOTrainer.train`, which runs unchanged for one update with its own `forward`,
`get_reward`, `selective_log_softmax`, `masked_whiten`, `masked_mean`, losses and optimizer steps.
The numbers are read from the variables of its frame; none of it is written again here.

What is ours, around that call:

- `batch_generation` gives our tokens instead of sampling, with the logits of TRL's `forward`,
  divided as its generation divides them. The dataloader gives our prompts, left-padded, in our
  order.
- In the cases `moved` and `early`, `masked_whiten`, the last call before the epochs, also moves
  policy and critic to other weights, so that ratios differ from 1 and losses are clipped.
- In the case `update`, `masked_whiten` divides by n instead of n - 1, by TRL's own `masked_var`.

Weights are not in the file: both sides draw them from SplitMix64, 24 bits of each word, in the
order of `names`: numbers of matrices are halved, norms are 1 plus a quarter of the number. Weights
that are moved get further numbers added, times a scale. All of it is in float32, where PyTorch
repeats itself to about 3e-6 after an optimizer step, even on one thread of one machine.
"""

import functools
import json
import sys
import tempfile
from pathlib import Path
from unittest import mock

import torch
import transformers
import trl
from datasets import Dataset
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification
from trl import PPOConfig, PPOTrainer
from trl.core import masked_mean, masked_var
from trl.trainer import ppo_trainer

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1] / "TestSupport"))
from splitmix import SplitMix64  # noqa: E402

SHAPE = dict(
    vocabularySize=32, width=16, layers=2, heads=4, keyValueHeads=2, feedForward=24,
    ropeTheta=10000.0, normEpsilon=1e-5, maximumLength=32, tiedEmbeddings=True,
)
PAD, END = 0, 1  # words are 2...31
POLICY, REWARD, CRITIC, REFERENCE_MOVE, POLICY_MOVE, CRITIC_MOVE, TOKENS = range(1, 8)
MOVES = dict(reference=1 / 32, policy=1 / 64, critic=1 / 16)
PROMPTS = [5, 1, 3, 8, 2, 4, 7, 2]
LENGTH = 6
SETTINGS = dict(
    temperature=0.7, klCoefficient=0.05, clipRange=0.2, valueClipRange=0.2, valueCoefficient=0.1,
    discount=1.0, lambda_=0.95, learningRate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-5,
)


# --- Weights and tokens, drawn as the tests draw them


def names(last):
    yield "model.embed_tokens.weight"
    for layer in range(SHAPE["layers"]):
        for part in (
            "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
            "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj",
            "mlp.down_proj",
        ):
            yield f"model.layers.{layer}.{part}.weight"
    yield "model.norm.weight"
    yield from last


@torch.no_grad()
def draw(kind, seed):
    config = LlamaConfig(
        vocab_size=SHAPE["vocabularySize"], hidden_size=SHAPE["width"],
        intermediate_size=SHAPE["feedForward"], num_hidden_layers=SHAPE["layers"],
        num_attention_heads=SHAPE["heads"], num_key_value_heads=SHAPE["keyValueHeads"],
        rope_theta=SHAPE["ropeTheta"], rms_norm_eps=SHAPE["normEpsilon"],
        max_position_embeddings=SHAPE["maximumLength"],
        tie_word_embeddings=SHAPE["tiedEmbeddings"], num_labels=1, pad_token_id=PAD,
        bos_token_id=None, eos_token_id=END, attn_implementation="eager",
    )
    model = kind(config)
    for weight, numbers in drawn(model, seed):
        weight.copy_(numbers / 2 if weight.ndim > 1 else 1 + numbers / 4)
    return model


@torch.no_grad()
def move(model, seed, scale):
    for weight, numbers in drawn(model, seed):
        weight.add_((numbers * scale).float())


def drawn(model, seed):
    """Each weight with its numbers, float64."""
    parameters = dict(model.named_parameters())
    random = SplitMix64(seed)
    for name in names(["score.weight"] if "score.weight" in parameters else []):
        weight = parameters.pop(name)
        yield weight, torch.tensor(random.symmetric(weight.shape))
    assert not parameters, parameters.keys()


def draw_tokens(random, count):
    return [2 + ((random.next() >> 40) * (SHAPE["vocabularySize"] - 2) >> 24) for _ in range(count)]


def draw_rollouts(endings):
    """Prompts and responses; `endings` says of how many tokens, or None for LENGTH without end."""
    random = SplitMix64(TOKENS)
    prompts = [draw_tokens(random, count) for count in PROMPTS]
    responses = [draw_tokens(random, LENGTH) for _ in PROMPTS]
    return prompts, [
        response if ending is None else response[: ending - 1] + [END]
        for response, ending in zip(responses, endings)
    ]


# --- One update of TRL, watched


def tokenizer():
    vocabulary = {"<pad>": PAD, "<end>": END}
    vocabulary |= {f"w{i}": i for i in range(2, SHAPE["vocabularySize"])}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>")),
        pad_token="<pad>", eos_token="<end>", padding_side="left",
    )


def arguments(rows, epochs, penalty):
    """One update of one minibatch; what TRL has and we have not is off."""
    return PPOConfig(
        output_dir=tempfile.mkdtemp(), report_to=[], use_cpu=True, bf16=False, fp16=False,
        num_sample_generations=0, save_strategy="no", disable_tqdm=True, seed=0, stop_token="eos",
        per_device_train_batch_size=rows, local_rollout_forward_batch_size=rows,
        total_episodes=rows, num_mini_batches=1, num_ppo_epochs=epochs, response_length=LENGTH,
        missing_eos_penalty=penalty, kl_estimator="k1", whiten_rewards=False,
        temperature=SETTINGS["temperature"], kl_coef=SETTINGS["klCoefficient"],
        cliprange=SETTINGS["clipRange"], cliprange_value=SETTINGS["valueClipRange"],
        vf_coef=SETTINGS["valueCoefficient"], gamma=SETTINGS["discount"], lam=SETTINGS["lambda_"],
        learning_rate=SETTINGS["learningRate"], adam_beta1=SETTINGS["beta1"],
        adam_beta2=SETTINGS["beta2"], adam_epsilon=SETTINGS["epsilon"], weight_decay=0.0,
        optim="adamw_torch",
    )


class Watched:
    """A PPOTrainer with our rollouts, and what it computes from them."""

    def __init__(self, endings, epochs, moves, biased_variance, penalty):
        self.prompts, self.responses = draw_rollouts(endings)
        self.moves, self.biased_variance = moves, biased_variance
        self.epochs = []
        self.policy = draw(LlamaForCausalLM, POLICY)
        self.critic = draw(LlamaForSequenceClassification, CRITIC)
        reference = draw(LlamaForCausalLM, POLICY)
        move(reference, REFERENCE_MOVE, MOVES["reference"])
        dataset = Dataset.from_dict({"input_ids": self.prompts})
        self.trainer = PPOTrainer(
            args=arguments(len(self.prompts), epochs, penalty), processing_class=tokenizer(),
            model=self.policy, ref_model=reference, value_model=self.critic,
            reward_model=draw(LlamaForSequenceClassification, REWARD), train_dataset=dataset,
            eval_dataset=dataset,
        )
        self.trainer.dataloader = [self.trainer.data_collator(list(dataset))]  # without shuffling
        self.trainer.log = self.keep_update

    def generate(self, policy, queries, batch, pad, config):
        padded = [response + [PAD] * (LENGTH - len(response)) for response in self.responses]
        self.query_responses = torch.cat([queries, torch.tensor(padded)], 1)
        return self.query_responses, self.logits(policy, config.temperature)

    @torch.no_grad()
    def logits(self, policy, temperature):
        output = ppo_trainer.forward(policy, self.query_responses, PAD)
        return output.logits[:, -LENGTH - 1 : -1] / temperature

    def whiten(self, values, mask):
        self.whitening = values.clone()
        if self.moves:
            move(self.policy, POLICY_MOVE, MOVES["policy"])
            move(self.critic, CRITIC_MOVE, MOVES["critic"])
        if not self.biased_variance:
            return trl.core.masked_whiten(values, mask)
        with mock.patch("trl.core.masked_var", functools.partial(masked_var, unbiased=False)):
            return trl.core.masked_whiten(values, mask)

    def mean(self, values, mask):
        """Keeps what the models of an epoch gave, when its first mean is taken."""
        found = sys._getframe(1).f_locals
        if "vf_loss" not in found:
            order = torch.tensor(found["micro_batch_inds"]).argsort()
            self.epochs.append(
                {key: found[key].detach()[order] for key in ("new_logprobs", "vpred")})
        return masked_mean(values, mask)

    def keep_update(self, metrics):
        self.metrics = metrics
        self.variables = dict(sys._getframe(1).f_locals)

    def run(self):
        with mock.patch.multiple(
            ppo_trainer, batch_generation=self.generate, masked_whiten=self.whiten,
            masked_mean=self.mean,
        ):
            self.trainer.train()
        return self


# --- The file


def plain(tensor):
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def case(name, endings, epochs=1, moves=False, biased_variance=False, penalty=None):
    run = Watched(endings, epochs, moves, biased_variance, penalty).run()
    found = run.variables
    mask, mask_p1 = ~found["padding_mask"], ~found["padding_mask_p1"]
    if moves:  # nothing may hide in a comparison of zeros
        assert found["pg_clipfrac_stats"].min() > 0.1 and found["vf_clipfrac_stats"].min() > 0.1
    statistics = {
        key: plain(found[source]) for key, source in dict(
            policyLoss="pg_loss_stats", valueLoss="vf_loss_stats", approximateKL="approxkl_stats",
            clipFraction="pg_clipfrac_stats", valueClipFraction="vf_clipfrac_stats",
            ratio="ratio_stats", entropy="entropy_stats",
        ).items()
    }
    print(name, {key: [round(value, 4) for value in values] for key, values in statistics.items()})
    temperature = SETTINGS["temperature"] + 1e-7
    after = ppo_trainer.selective_log_softmax(
        run.logits(run.policy, temperature), found["responses"])
    return dict(
        name=name, prompts=run.prompts, responses=run.responses, penalty=penalty or 0.0,
        # Of the responses' tokens, one row after another.
        logProbs=plain(found["logprobs"][mask]),
        referenceLogProbs=plain(found["ref_logprobs"][mask]),
        newLogProbs=[plain(epoch["new_logprobs"][mask]) for epoch in run.epochs],
        whitened=plain(found["advantages"][mask]), finalLogProbs=plain(after[mask]),
        # The same, and after an early end the position that follows it.
        values=plain(found["values"][mask_p1]), rewards=plain(found["rewards"][mask_p1]),
        advantages=plain(run.whitening[mask_p1]), returns=plain(found["returns"][mask_p1]),
        newValues=[plain(epoch["vpred"][mask_p1]) for epoch in run.epochs],
        # Of each row, and of the batch.
        scores=plain(found["scores"]), kl=run.metrics["objective/kl"],
        meanScore=run.metrics["objective/scores"],
        # Of each epoch.
        **statistics,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    full = LENGTH
    golden = dict(
        trl=trl.__version__, torch=torch.__version__.split("+")[0],
        transformers=transformers.__version__, configuration=SHAPE, endToken=END,
        longestResponse=LENGTH,
        seeds=dict(
            policy=POLICY, reward=REWARD, critic=CRITIC, referenceMove=REFERENCE_MOVE,
            policyMove=POLICY_MOVE, criticMove=CRITIC_MOVE),
        moves=MOVES, settings={key.rstrip("_"): value for key, value in SETTINGS.items()},
        cases=[
            case("moved", [full, None, full, full, None, full, None, full], moves=True),
            case("update", [full] * len(PROMPTS), epochs=4, biased_variance=True),
            case("early", [3, full, None, 1, 5, full, None, 2], moves=True, penalty=1.0),
        ],
    )
    (FOLDER / "trl-ppo.json").write_text(json.dumps(golden, indent=1) + "\n")
