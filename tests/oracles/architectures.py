"""The architectures beside BERT in plain PyTorch: hidden states, classification and word scores from weights under Hugging Face names.

One function per family, written from the papers and from how Hugging Face names and stores the weights; the arithmetic runs in the dtype of
the weights. LoRA and bottlenecks enter through `dense`, which finds lora_A and lora_B, or adapter_down and adapter_up, beside a weight.
"""
import math

import torch
from bert import activation
from torch.nn import functional as F

# Finite: of a padded token nothing may be visible at all, and its softmax is to be a number all the same.
HIDDEN = -1e30


def dense(weights, name, x, in_out=False):
    weight = weights[name + ".weight"]
    y = x @ (weight if in_out else weight.T)
    if name + ".bias" in weights:
        y = y + weights[name + ".bias"]
    if name + ".lora_A.weight" in weights:
        y = y + weights["lora_scale"] * (x @ weights[name + ".lora_A.weight"].T @ weights[name + ".lora_B.weight"].T)
    if name + ".adapter_down.weight" in weights:
        inner = act(weights["activation"])(dense(weights, name + ".adapter_down", y))
        y = y + dense(weights, name + ".adapter_up", inner)
    return y


def layer_norm(weights, name, x, epsilon):
    centred = x - x.mean(-1, keepdim=True)
    variance = (centred**2).mean(-1, keepdim=True)
    return centred / torch.sqrt(variance + epsilon) * weights[name + ".weight"] + weights[name + ".bias"]


def rms_norm(weights, name, x, epsilon):
    return x / torch.sqrt((x**2).mean(-1, keepdim=True) + epsilon) * weights[name + ".weight"]


def act(name):
    return (lambda x: x * torch.sigmoid(x)) if name == "silu" else activation(name)


def heads_of(x, heads):
    n, s, wide = x.shape
    return x.reshape(n, s, heads, wide // heads).transpose(1, 2)


def attend(query, key, value, allowed):
    """query, key, value [N, heads, S, D]; allowed [N, 1, S, S]."""
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    attended = torch.softmax(scores.masked_fill(~allowed, HIDDEN), -1) @ value
    return attended.transpose(1, 2).reshape(query.shape[0], query.shape[2], -1)


def everywhere(mask):
    n, s = mask.shape
    return mask.bool()[:, None, None, :].expand(n, 1, s, s)


def before(mask, window=None):
    s = mask.shape[1]
    i, j = torch.arange(s)[:, None], torch.arange(s)[None, :]
    seen = (j <= i) & ((i - j < window) if window else True)
    return everywhere(mask) & seen


def post_norm_block(weights, at, names, config, x, allowed, epsilon, kind):
    q, k, v, o, up, down, norm1, norm2 = (at + name for name in names)
    heads = config.get("num_attention_heads") or config["n_heads"]
    attended = attend(*(heads_of(dense(weights, name, x), heads) for name in (q, k, v)), allowed)
    x = layer_norm(weights, norm1, x + dense(weights, o, attended), epsilon)
    return layer_norm(weights, norm2, x + dense(weights, down, act(kind)(dense(weights, up, x))), epsilon)


BERT_NAMES = (
    "attention.self.query attention.self.key attention.self.value attention.output.dense intermediate.dense output.dense "
    "attention.output.LayerNorm output.LayerNorm"
).split()
DISTILBERT_NAMES = "attention.q_lin attention.k_lin attention.v_lin attention.out_lin ffn.lin1 ffn.lin2 sa_layer_norm output_layer_norm".split()
ALBERT_NAMES = (
    "attention.query attention.key attention.value attention.dense ffn ffn_output attention.LayerNorm full_layer_layer_norm"
).split()


def distilbert(w, config, ids, mask):
    at = "distilbert.embeddings."
    x = w[at + "word_embeddings.weight"][ids] + w[at + "position_embeddings.weight"][: ids.shape[1]]
    x = layer_norm(w, at + "LayerNorm", x, 1e-12)
    for layer in range(config["n_layers"]):
        x = post_norm_block(w, f"distilbert.transformer.layer.{layer}.", DISTILBERT_NAMES, config, x, everywhere(mask), 1e-12, config["activation"])
    return x


def roberta(w, config, ids, mask):
    at, epsilon = "roberta.embeddings.", config["layer_norm_eps"]
    positions = torch.cumsum(mask.long(), 1) * mask.long() + config["pad_token_id"]
    x = w[at + "word_embeddings.weight"][ids] + w[at + "position_embeddings.weight"][positions] + w[at + "token_type_embeddings.weight"][0]
    x = layer_norm(w, at + "LayerNorm", x, epsilon)
    for layer in range(config["num_hidden_layers"]):
        x = post_norm_block(w, f"roberta.encoder.layer.{layer}.", BERT_NAMES, config, x, everywhere(mask), epsilon, config["hidden_act"])
    return x


def albert(w, config, ids, mask):
    at, epsilon = "albert.embeddings.", config["layer_norm_eps"]
    x = w[at + "word_embeddings.weight"][ids] + w[at + "position_embeddings.weight"][: ids.shape[1]] + w[at + "token_type_embeddings.weight"][0]
    x = dense(w, "albert.encoder.embedding_hidden_mapping_in", layer_norm(w, at + "LayerNorm", x, epsilon))
    at = "albert.encoder.albert_layer_groups.0.albert_layers.0."
    for layer in range(config["num_hidden_layers"]):
        # Each pass through the one layer has adapters of its own.
        own = f"albert.encoder.pass.{layer}."
        passed = {**w, **{at + name[len(own) :]: value for name, value in w.items() if name.startswith(own)}}
        x = post_norm_block(passed, at, ALBERT_NAMES, config, x, everywhere(mask), epsilon, config["hidden_act"])
    return x


def gpt2(w, config, ids, mask):
    x = w["transformer.wte.weight"][ids] + w["transformer.wpe.weight"][: ids.shape[1]]
    epsilon = config["layer_norm_epsilon"]
    for layer in range(config["n_layer"]):
        at = f"transformer.h.{layer}."
        q, k, v = dense(w, at + "attn.c_attn", layer_norm(w, at + "ln_1", x, epsilon), True).chunk(3, -1)
        attended = attend(*(heads_of(part, config["n_head"]) for part in (q, k, v)), before(mask))
        x = x + dense(w, at + "attn.c_proj", attended, True)
        inner = act(config["activation_function"])(dense(w, at + "mlp.c_fc", layer_norm(w, at + "ln_2", x, epsilon), True))
        x = x + dense(w, at + "mlp.c_proj", inner, True)
    return layer_norm(w, "transformer.ln_f", x, epsilon)


def opt(w, config, ids, mask):
    at = "model.decoder."
    positions = torch.cumsum(mask.long(), 1) * mask.long() - 1 + 2
    before_branch, x = config["do_layer_norm_before"], w[at + "embed_tokens.weight"][ids]
    if at + "project_in.weight" in w:
        x = dense(w, at + "project_in", x)
    x = x + w[at + "embed_positions.weight"][positions]
    for layer in range(config["num_hidden_layers"]):
        at = f"model.decoder.layers.{layer}."
        normed = layer_norm(w, at + "self_attn_layer_norm", x, 1e-5) if before_branch else x
        q, k, v = (heads_of(dense(w, f"{at}self_attn.{name}_proj", normed), config["num_attention_heads"]) for name in "qkv")
        x = x + dense(w, at + "self_attn.out_proj", attend(q, k, v, before(mask)))
        x = x if before_branch else layer_norm(w, at + "self_attn_layer_norm", x, 1e-5)
        inner = torch.relu(dense(w, at + "fc1", layer_norm(w, at + "final_layer_norm", x, 1e-5) if before_branch else x))
        x = x + dense(w, at + "fc2", inner)
        x = x if before_branch else layer_norm(w, at + "final_layer_norm", x, 1e-5)
    x = layer_norm(w, "model.decoder.final_layer_norm", x, 1e-5) if before_branch else x
    return dense(w, "model.decoder.project_out", x) if "model.decoder.project_out.weight" in w else x


def rotary_frequencies(config, width):
    """Radians per position and the factor of cosine and sine; scaling as Hugging Face's configs name it."""
    theta, scaling = config.get("rope_theta", 10000.0), config.get("rope_scaling") or {}
    frequencies = theta ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    kind = scaling.get("rope_type", "default")
    if kind == "linear":
        return frequencies / scaling["factor"], 1.0
    if kind == "llama3":
        low, high, factor = scaling["low_freq_factor"], scaling["high_freq_factor"], scaling["factor"]
        turns = scaling["original_max_position_embeddings"] * frequencies / (2 * math.pi)
        smooth = ((turns - low) / (high - low)).clamp(0, 1)
        return (1 - smooth) * frequencies / factor + smooth * frequencies, 1.0
    if kind == "yarn":
        factor, length = scaling["factor"], scaling["original_max_position_embeddings"]
        pair = [width * math.log(length / (turns * 2 * math.pi)) / (2 * math.log(theta)) for turns in (32, 1)]
        low, high = max(math.floor(pair[0]), 0), min(math.ceil(pair[1]), width - 1)
        ramp = ((torch.arange(width // 2, dtype=torch.float64) - low) / max(high - low, 1e-3)).clamp(0, 1)
        return frequencies / factor * ramp + frequencies * (1 - ramp), 0.1 * math.log(factor) + 1
    return frequencies, 1.0


def rotate(x, frequencies, factor):
    angles = torch.arange(x.shape[-2], dtype=torch.float64)[:, None] * frequencies
    cos, sin = factor * torch.cos(angles), factor * torch.sin(angles)
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def llama(w, config, ids, mask):
    """Llama, Mistral, Qwen2 and Qwen3: what a model has beyond Llama shows in its weights and keys."""
    x, epsilon = w["model.embed_tokens.weight"][ids], config["rms_norm_eps"]
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        normed = rms_norm(w, at + "input_layernorm", x, epsilon)
        q, k, v = (heads_of(dense(w, f"{at}self_attn.{name}_proj", normed), n) for name, n in (("q", heads), ("k", groups), ("v", groups)))
        if at + "self_attn.q_norm.weight" in w:
            q, k = rms_norm(w, at + "self_attn.q_norm", q, epsilon), rms_norm(w, at + "self_attn.k_norm", k, epsilon)
        turns = rotary_frequencies(config, q.shape[-1])
        q, k = rotate(q, *turns), rotate(k, *turns)
        k, v = (part.repeat_interleave(heads // groups, 1) for part in (k, v))
        window = config.get("sliding_window") if config["model_type"] == "mistral" else None
        x = x + dense(w, at + "self_attn.o_proj", attend(q, k, v, before(mask, window)))
        normed = rms_norm(w, at + "post_attention_layernorm", x, epsilon)
        inner = act(config["hidden_act"])(dense(w, at + "mlp.gate_proj", normed)) * dense(w, at + "mlp.up_proj", normed)
        x = x + dense(w, at + "mlp.down_proj", inner)
    return rms_norm(w, "model.norm", x, epsilon)


def log_bucket(distance, buckets, longest):
    middle = buckets // 2
    if abs(distance) < middle:
        return distance
    far = math.ceil(math.log(abs(distance) / middle) / math.log((longest - 1) / middle) * (middle - 1)) + middle
    return int(math.copysign(far, distance)) if abs(distance) > middle else distance


def deberta(w, config, ids, mask):
    """DeBERTa-v2/v3: scores are sums over content and distance; keys and queries of distances share the projections of content."""
    epsilon, heads, s = config["layer_norm_eps"], config["num_attention_heads"], ids.shape[1]
    x = layer_norm(w, "deberta.embeddings.LayerNorm", w["deberta.embeddings.word_embeddings.weight"][ids], epsilon) * mask[..., None]
    span = config["position_buckets"]
    table = layer_norm(w, "deberta.encoder.LayerNorm", w["deberta.encoder.rel_embeddings.weight"], epsilon)
    longest = config["max_position_embeddings"]
    rows = torch.tensor([[min(max(log_bucket(i - j, span, longest) + span, 0), 2 * span - 1) for j in range(s)] for i in range(s)])
    for layer in range(config["num_hidden_layers"]):
        at = f"deberta.encoder.layer.{layer}."
        own = at + "attention.self."
        q, k, v = (heads_of(dense(w, f"{own}{name}_proj", x), heads) for name in ("query", "key", "value"))
        q_far, k_far = (heads_of(dense(w, f"{own}{name}_proj", table[None]), heads) for name in ("query", "key"))
        content = q @ k.transpose(-1, -2)
        # The query at i with the key of distance i - j, and the key at j with the query of the same distance.
        to_position = torch.einsum("nhid,hijd->nhij", q, k_far[0][:, rows])
        from_position = torch.einsum("nhjd,hijd->nhij", k, q_far[0][:, rows])
        scores = (content + to_position + from_position) / math.sqrt(3 * q.shape[-1])
        attended = torch.softmax(scores.masked_fill(~everywhere(mask), HIDDEN), -1) @ v
        attended = attended.transpose(1, 2).reshape(x.shape)
        x = layer_norm(w, at + "attention.output.LayerNorm", x + dense(w, at + "attention.output.dense", attended), epsilon)
        inner = act(config["hidden_act"])(dense(w, at + "intermediate.dense", x))
        x = layer_norm(w, at + "output.LayerNorm", x + dense(w, at + "output.dense", inner), epsilon)
    return x


def last(hidden, mask):
    return hidden[torch.arange(hidden.shape[0]), mask.sum(1).long() - 1]


def logits_of(family, w, config, ids, mask):
    """Classification as Hugging Face's ...ForSequenceClassification has it."""
    hidden = FAMILIES[family](w, config, ids, mask)
    if family == "distilbert":
        return dense(w, "classifier", torch.relu(dense(w, "pre_classifier", hidden[:, 0])))
    if family == "roberta":
        return dense(w, "classifier.out_proj", torch.tanh(dense(w, "classifier.dense", hidden[:, 0])))
    if family == "albert":
        return dense(w, "classifier", torch.tanh(dense(w, "albert.pooler", hidden[:, 0])))
    if family == "deberta":
        return dense(w, "classifier", activation("gelu")(dense(w, "pooler.dense", hidden[:, 0])))
    return last(hidden, mask) @ w["score.weight"].T


EMBEDDINGS = {
    "distilbert": "distilbert.embeddings.word_embeddings.weight",
    "roberta": "roberta.embeddings.word_embeddings.weight",
    "albert": "albert.embeddings.word_embeddings.weight",
    "deberta": "deberta.embeddings.word_embeddings.weight",
    "gpt2": "transformer.wte.weight",
    "opt": "model.decoder.embed_tokens.weight",
    "llama": "model.embed_tokens.weight",
}


def scores_of(family, w, config, rows):
    """Scores of all words from hidden states: the language-model head."""
    words = w[EMBEDDINGS[family]]
    if family == "distilbert":
        state = layer_norm(w, "vocab_layer_norm", act(config["activation"])(dense(w, "vocab_transform", rows)), 1e-12)
        return state @ words.T + w["vocab_projector.bias"]
    if family == "roberta":
        state = layer_norm(w, "lm_head.layer_norm", activation("gelu")(dense(w, "lm_head.dense", rows)), config["layer_norm_eps"])
        return state @ words.T + w["lm_head.bias"]
    if family == "albert":
        state = layer_norm(w, "predictions.LayerNorm", act(config["hidden_act"])(dense(w, "predictions.dense", rows)), config["layer_norm_eps"])
        return state @ words.T + w["predictions.bias"]
    return rows @ (w["lm_head.weight"] if "lm_head.weight" in w else words).T


def next_word_losses(family, w, config, ids, mask):
    """Cross-entropy of every token but the first of each row, those of all rows one after another."""
    hidden = FAMILIES[family](w, config, ids, mask)
    scores = torch.log_softmax(scores_of(family, w, config, hidden[:, :-1]), -1)
    losses = -scores.gather(-1, ids[:, 1:, None])[..., 0]
    return losses[mask[:, 1:].bool()]


FAMILIES = {
    "distilbert": distilbert,
    "roberta": roberta,
    "albert": albert,
    "deberta": deberta,
    "gpt2": gpt2,
    "opt": opt,
    "llama": llama,
}
