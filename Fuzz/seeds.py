"""Small valid files, from which the fuzzing targets start.

    pip install gguf==0.19.0 numpy==2.4.6 safetensors==0.8.0
    python seeds.py

Writes Seeds/<target>/*; the same files each time.
"""

import json
from pathlib import Path

import gguf
import numpy
from safetensors.numpy import save_file

FOLDER = Path(__file__).parent / "Seeds"
SEED = 11
random = numpy.random.default_rng(SEED)


def write(path, content):
    path = FOLDER / path
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(
        content, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text)


# The 256 bytes as GPT-2's alphabet spells them.
printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
others = [byte for byte in range(256) if byte not in printable]
alphabet = {byte: chr(byte) for byte in printable}
alphabet |= {byte: chr(256 + index) for index, byte in enumerate(others)}
MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w", "Ġw o", "1 2"]
TOKENS = [alphabet[byte] for byte in range(256)] + [merge.replace(" ", "") for merge in MERGES]
SPECIAL = ["<|end|>", "<|im_start|>"]

# tokenizer.json, one of each way to cut words.

BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
UNCUT = BYTES | {"use_regex": False}


def split(numbers):
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + numbers
        + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def added(identifier, content, special=True, **flags):
    return {"id": identifier, "content": content, "single_word": False, "lstrip": False,
            "rstrip": False, "normalized": False, "special": special} | flags


def tokenizer(cut, merges=MERGES, **parts):
    vocabulary = {token: index for index, token in enumerate(TOKENS)}
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
             "end_of_word_suffix": "", "byte_fallback": False,
             "ignore_merges": parts.pop("ignore_merges", False), "vocab": vocabulary,
             "merges": merges}
    tokens = [added(len(TOKENS) + index, text) for index, text in enumerate(SPECIAL)]
    tokens += parts.pop("extra", [])
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens,
            "normalizer": None, "pre_tokenizer": cut, "post_processor": BYTES,
            "decoder": BYTES} | parts | {"model": model}


template = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": SPECIAL[1], "type_id": 0}},
               {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {SPECIAL[1]: {"id": SPECIAL[1], "ids": [len(TOKENS) + 1],
                                    "tokens": [SPECIAL[1]]}}}
write("tokenizer/gpt2.json", tokenizer(BYTES))
write("tokenizer/smollm.json", tokenizer(
    sequence({"type": "Digits", "individual_digits": True}, BYTES),
    merges=[merge.split(" ") for merge in MERGES],
    extra=[added(len(TOKENS) + 2, " x ", special=False, lstrip=True, rstrip=True),
           added(len(TOKENS) + 3, "é", special=False, normalized=True, single_word=True)]))
write("tokenizer/llama3.json", tokenizer(
    sequence(split(r"\p{N}{1,3}"), UNCUT), ignore_merges=True,
    post_processor={"type": "Sequence", "processors": [BYTES, template]}))
write("tokenizer/qwen2.json", tokenizer(
    sequence(split(r"\p{N}"), UNCUT), normalizer={"type": "NFC"}))

# config.json, one of each family.

SHAPE = {"vocab_size": len(TOKENS) + len(SPECIAL), "hidden_size": 8, "intermediate_size": 8,
         "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
         "hidden_act": "silu", "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
         "eos_token_id": len(TOKENS), "pad_token_id": None}


def config(family, name, **keys):
    return {"architectures": [name], "model_type": family} | SHAPE | keys


write("config/llama.json", config(
    "llama", "LlamaForCausalLM", head_dim=4, rope_theta=10000.0, attention_bias=True,
    mlp_bias=False, tie_word_embeddings=True, torch_dtype="float32", rope_scaling={
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32}))
write("config/mistral.json", config(
    "mistral", "MistralForCausalLM", sliding_window=32, rope_theta=1e6,
    tie_word_embeddings=False, dtype="bfloat16"))
write("config/qwen2.json", config(
    "qwen2", "Qwen2ForCausalLM", use_sliding_window=False, sliding_window=None,
    rope_parameters={"rope_theta": 1e6, "rope_type": "default"}, eos_token_id=[263, 264]))
write("config/qwen3.json", config(
    "qwen3", "Qwen3ForCausalLM", head_dim=8, attention_bias=False, rope_theta=1e6,
    layer_types=["full_attention"]))
write("config/reward.json", config(
    "llama", "LlamaForSequenceClassification", rope_theta=1e4, num_labels=1))

# adapter_config.json.

write("adapter/lora.json", {
    "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "../base", "r": 4,
    "lora_alpha": 8, "lora_dropout": 0.0, "bias": "none", "use_dora": False, "use_rslora": False,
    "fan_in_fan_out": False, "modules_to_save": None, "rank_pattern": {}, "alpha_pattern": {},
    "layers_to_transform": None, "target_modules": [
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]})

# tokenizer_config.json with a chat template.

TURNS = """{%- set ns = namespace(count=0) -%}
{%- for message in messages[1:] if message.role != 'system' -%}
{%- set ns.count = ns.count + loop.index0 -%}
<|im_start|>{{ message['role'] | upper }}
{{ message.content.strip() | replace('a', 'b') }}<|end|>
{%- endfor -%}
{%- if add_generation_prompt and not (tools is defined) %}<|im_start|>assistant{{ '\\n' }}{% endif -%}
"""
CHECK = """{% macro turn(m) %}[{{ m['role'] }}] {{ m['content'] | tojson }}{% endmacro %}
{%- if messages | length > 3 %}{{ raise_exception('too many') }}{% endif -%}
{{ bos_token }}{% for m in messages[::-1] %}{{ turn(m) }}{{ loop.last and eos_token or ', ' }}{% endfor %}
{{- range(10) | join('-') ~ (messages | map(attribute='role') | list)[0] * 2 }}"""
write("template/turns.json", {"chat_template": TURNS, "eos_token": {"content": "<|end|>"}})
write("template/check.json", {
    "bos_token": "<s>", "eos_token": "</s>",
    "chat_template": [{"name": "default", "template": CHECK}, {"name": "rag", "template": ""}]})

# The shards' index, with the tensors of the files that the target makes.

write("index/shards.json", {
    "metadata": {"total_size": 16},
    "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}})

# safetensors: the types that are read, and one that is not.

(FOLDER / "safetensors").mkdir(parents=True, exist_ok=True)
for name, types in {"float": ["float32", "float16"], "mixed": ["float32", "int64", "uint8"]}.items():
    tensors = {f"layers.{index}.{type}": random.normal(size=(index + 1, 3)).astype(type)
               for index, type in enumerate(types)}
    tensors |= {"none": numpy.zeros((2, 0), numpy.float32), "scalar": numpy.float32([1])[0:1].reshape(())}
    save_file(tensors, FOLDER / f"safetensors/{name}.safetensors", metadata={"format": "pt"})


# gguf: a whole model of each arrangement.


def gguf_model(name, architecture, type):
    path = FOLDER / f"gguf/{name}.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, architecture)
    # Blocks of Q8_0 are 32 numbers of a row.
    width = 32 if type == gguf.GGMLQuantizationType.Q8_0 else 8
    heads, count = 2, len(TOKENS) + len(SPECIAL)
    writer.add_context_length(64)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(width)
    writer.add_head_count(heads)
    writer.add_head_count_kv(1)
    writer.add_key_length(width // heads)
    writer.add_value_length(width // heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(count)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre({"llama": "llama-bpe", "qwen2": "qwen2", "qwen3": "qwen2"}[architecture])
    writer.add_token_list(TOKENS + SPECIAL)
    writer.add_token_types([1] * len(TOKENS) + [3] * len(SPECIAL))
    writer.add_token_merges(MERGES)
    writer.add_eos_token_id(len(TOKENS))
    writer.add_chat_template("{{ messages[0]['content'] }}")
    half = width // heads
    tensors = {
        "token_embd.weight": (count, width), "output_norm.weight": (width,),
        "blk.0.attn_norm.weight": (width,), "blk.0.attn_q.weight": (width, width),
        "blk.0.attn_k.weight": (half, width), "blk.0.attn_v.weight": (half, width),
        "blk.0.attn_output.weight": (width, width), "blk.0.ffn_norm.weight": (width,),
        "blk.0.ffn_gate.weight": (width, width), "blk.0.ffn_up.weight": (width, width),
        "blk.0.ffn_down.weight": (width, width)}
    if architecture == "qwen2":
        tensors |= {"blk.0.attn_q.bias": (width,), "blk.0.attn_k.bias": (half,),
                    "blk.0.attn_v.bias": (half,)}
    if architecture == "qwen3":
        tensors |= {"blk.0.attn_q_norm.weight": (half,), "blk.0.attn_k_norm.weight": (half,)}
    for tensor, shape in tensors.items():
        values = random.normal(size=shape).astype(numpy.float32)
        stored = type if len(shape) == 2 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(tensor, gguf.quants.quantize(values, stored), raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


gguf_model("llama-q8_0", "llama", gguf.GGMLQuantizationType.Q8_0)
gguf_model("qwen2-f16", "qwen2", gguf.GGMLQuantizationType.F16)
gguf_model("qwen3-bf16", "qwen3", gguf.GGMLQuantizationType.BF16)
