"""Records what PyTorch says about a tiny random checkpoint of every architecture.

By hand, with Debian's python3-torch (PyTorch 1.13, no other package), from the project root:

    /usr/bin/python3 -B tests/oracles/record_architectures.py

writes, below models/ beside this file, a Hugging Face directory for each (config.json, model.safetensors in float32) and in it oracle.json and
gradients.safetensors. Everything follows from one seed; weights are float32 numbers, the arithmetic is float64.

    oracle.json   inputIds (without padding), labels; classification: logits, losses; lora: rank, alpha, logits, losses;
                  words: ids, at (the token whose state is read), logits; language, of decoders: losses of every next token
    gradients     classification/NAME and, of decoders, language/NAME: of the mean loss, every weight; lora/NAME: of A, B and the classifier;
                  start/NAME: the values of A and B; words/NAME: of the mean cross-entropy of the words, every weight of an embedding or block 0
"""
import json
import os

import torch
from architectures import FAMILIES, last, logits_of, next_word_losses, scores_of
from bert import pad, row_losses, write_safetensors
from record import gradients_of, rounded, variable

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
GENERATOR = torch.Generator().manual_seed(20250611)
VOCABULARY, CLASSES, RANK, ALPHA = 24, 3, 2, 4
LABELS = {"id2label": {"0": "low", "1": "middle", "2": "high"}, "vocab_size": VOCABULARY}
WORDS = [5, 17, 11]


def normal(*shape, scale=0.4, around=0.0):
    return (torch.randn(*shape, generator=GENERATOR) * scale + around).float().double()


def linear(name, outputs, inputs, bias=True):
    entries = {name + ".weight": normal(outputs, inputs)}
    return {**entries, **({name + ".bias": normal(outputs, scale=0.2)} if bias else {})}


def norm(name, size, bias=True):
    entries = {name + ".weight": normal(size, scale=0.2, around=1.0)}
    return {**entries, **({name + ".bias": normal(size, scale=0.2)} if bias else {})}


def encoder(prefix, layer, names, hidden, wide):
    q, k, v, o, up, down, norm1, norm2 = (f"{prefix}{layer}{name}" for name in names)
    sizes = ((q, hidden, hidden), (k, hidden, hidden), (v, hidden, hidden), (o, hidden, hidden), (up, wide, hidden), (down, hidden, wide))
    weights = {}
    for name, outputs, inputs in sizes:
        weights.update(linear(name, outputs, inputs))
    return {**weights, **norm(norm1, hidden), **norm(norm2, hidden)}


def bert_like(names, prefix, types, layers, positions, hidden=8, wide=12):
    at = prefix + "embeddings."
    weights = {at + "word_embeddings.weight": normal(VOCABULARY, hidden, scale=0.8)}
    if positions:
        weights[at + "position_embeddings.weight"] = normal(positions, hidden)
    if types:
        weights[at + "token_type_embeddings.weight"] = normal(types, hidden)
    weights.update(norm(at + "LayerNorm", hidden))
    for layer in layers:
        weights.update(encoder(prefix, layer, names, 8, wide))
    return weights


def distilbert_weights(config):
    from architectures import DISTILBERT_NAMES

    weights = bert_like(DISTILBERT_NAMES, "distilbert.", 0, ["transformer.layer.0.", "transformer.layer.1."], 12)
    head = {**linear("vocab_transform", 8, 8), **norm("vocab_layer_norm", 8), "vocab_projector.bias": normal(VOCABULARY, scale=0.2)}
    return {**weights, **linear("pre_classifier", 8, 8), **linear("classifier", CLASSES, 8), **head}


def roberta_weights(config):
    from architectures import BERT_NAMES

    weights = bert_like(BERT_NAMES, "roberta.", 1, ["encoder.layer.0.", "encoder.layer.1."], config["max_position_embeddings"])
    head = {**linear("lm_head.dense", 8, 8), **norm("lm_head.layer_norm", 8), "lm_head.bias": normal(VOCABULARY, scale=0.2)}
    return {**weights, **linear("classifier.dense", 8, 8), **linear("classifier.out_proj", CLASSES, 8), **head}


def albert_weights(config):
    from architectures import ALBERT_NAMES

    weights = bert_like(ALBERT_NAMES, "albert.", 2, ["encoder.albert_layer_groups.0.albert_layers.0."], 12, hidden=6)
    head = {**linear("predictions.dense", 6, 8), **norm("predictions.LayerNorm", 6), "predictions.bias": normal(VOCABULARY, scale=0.2)}
    mapping = linear("albert.encoder.embedding_hidden_mapping_in", 8, 6)
    return {**weights, **mapping, **linear("albert.pooler", 8, 8), **linear("classifier", CLASSES, 8), **head}


def deberta_weights(config):
    from architectures import BERT_NAMES

    names = [name.replace("self.query", "self.query_proj").replace("self.key", "self.key_proj").replace("self.value", "self.value_proj") for name in BERT_NAMES]
    weights = bert_like(names, "deberta.", 0, ["encoder.layer.0.", "encoder.layer.1."], 0)
    weights["deberta.encoder.rel_embeddings.weight"] = normal(2 * config["position_buckets"], 8, scale=0.8)
    return {**weights, **norm("deberta.encoder.LayerNorm", 8), **linear("pooler.dense", 8, 8), **linear("classifier", CLASSES, 8)}


def transposed(weights):
    return {name: value.T.contiguous() if value.dim() == 2 else value for name, value in weights.items()}


def gpt2_weights(config):
    weights = {"transformer.wte.weight": normal(VOCABULARY, 8, scale=0.8), "transformer.wpe.weight": normal(12, 8)}
    for layer in range(2):
        at = f"transformer.h.{layer}."
        weights.update({**norm(at + "ln_1", 8), **transposed(linear(at + "attn.c_attn", 24, 8)), **transposed(linear(at + "attn.c_proj", 8, 8))})
        weights.update({**norm(at + "ln_2", 8), **transposed(linear(at + "mlp.c_fc", 32, 8)), **transposed(linear(at + "mlp.c_proj", 8, 32))})
    return {**weights, **norm("transformer.ln_f", 8), **linear("score", CLASSES, 8, False)}


def opt_weights(config):
    width = config["word_embed_proj_dim"]
    weights = {"model.decoder.embed_tokens.weight": normal(VOCABULARY, width, scale=0.8), "model.decoder.embed_positions.weight": normal(14, 8)}
    for layer in range(2):
        at = f"model.decoder.layers.{layer}."
        for name in "k_proj v_proj q_proj out_proj".split():
            weights.update(linear(f"{at}self_attn.{name}", 8, 8))
        weights.update({**norm(at + "self_attn_layer_norm", 8), **linear(at + "fc1", 12, 8), **linear(at + "fc2", 8, 12), **norm(at + "final_layer_norm", 8)})
    if config["do_layer_norm_before"]:
        weights.update(norm("model.decoder.final_layer_norm", 8))
    weights.update(linear("score", CLASSES, width, False))
    if width != 8:
        weights.update({**linear("model.decoder.project_in", 8, width, False), **linear("model.decoder.project_out", width, 8, False)})
    return weights


def llama_weights(config):
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    width = config.get("head_dim") or hidden // heads
    biased = config["model_type"] == "qwen2"
    weights = {"model.embed_tokens.weight": normal(VOCABULARY, hidden, scale=0.8)}
    for layer in range(2):
        at = f"model.layers.{layer}."
        for name, outputs in (("q", heads), ("k", groups), ("v", groups)):
            weights.update(linear(f"{at}self_attn.{name}_proj", outputs * width, hidden, biased))
        weights.update(linear(at + "self_attn.o_proj", hidden, heads * width, False))
        if config["model_type"] == "qwen3":
            weights.update({**norm(at + "self_attn.q_norm", width, False), **norm(at + "self_attn.k_norm", width, False)})
        for name, outputs, inputs in (("gate", wide, hidden), ("up", wide, hidden), ("down", hidden, wide)):
            weights.update(linear(f"{at}mlp.{name}_proj", outputs, inputs, False))
        weights.update({**norm(at + "input_layernorm", hidden, False), **norm(at + "post_attention_layernorm", hidden, False)})
    weights.update({**norm("model.norm", hidden, False), **linear("score", CLASSES, hidden, False)})
    return weights if config["tie_word_embeddings"] else {**weights, **linear("lm_head", VOCABULARY, hidden, False)}


ENCODER = {"hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-5}
LLAMA = {
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-6,
    "max_position_embeddings": 64,
    "tie_word_embeddings": True,
}
MODELS = {
    "distilbert": ("distilbert", distilbert_weights, {"model_type": "distilbert", "dim": 8, "hidden_dim": 12, "n_layers": 2, "n_heads": 2, "activation": "gelu", "max_position_embeddings": 12}),
    "roberta": ("roberta", roberta_weights, {"model_type": "roberta", **ENCODER, "max_position_embeddings": 14, "type_vocab_size": 1, "pad_token_id": 1}),
    "albert": ("albert", albert_weights, {"model_type": "albert", **ENCODER, "hidden_act": "gelu_new", "embedding_size": 6, "max_position_embeddings": 12, "num_hidden_layers": 3}),
    "deberta-v2": ("deberta", deberta_weights, {"model_type": "deberta-v2", **ENCODER, "relative_attention": True, "position_buckets": 4, "norm_rel_ebd": "layer_norm", "share_att_key": True, "pos_att_type": "p2c|c2p", "max_relative_positions": -1, "position_biased_input": False, "type_vocab_size": 0, "pooler_hidden_act": "gelu", "pooler_hidden_size": 8, "max_position_embeddings": 16}),
    "gpt2": ("gpt2", gpt2_weights, {"model_type": "gpt2", "n_embd": 8, "n_inner": None, "n_layer": 2, "n_head": 2, "n_positions": 12, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}),
    "opt": ("opt", opt_weights, {"model_type": "opt", "hidden_size": 8, "ffn_dim": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 12, "word_embed_proj_dim": 8, "activation_function": "relu", "do_layer_norm_before": True, "pad_token_id": 1}),
    "llama": ("llama", llama_weights, {"model_type": "llama", **LLAMA, "tie_word_embeddings": False, "rope_theta": 500.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 20}}),
    "mistral": ("llama", llama_weights, {"model_type": "mistral", **LLAMA, "sliding_window": 3, "tie_word_embeddings": False, "rope_scaling": {"rope_type": "linear", "factor": 2.0}}),
    "qwen2": ("llama", llama_weights, {"model_type": "qwen2", **LLAMA, "rope_theta": 1000.0, "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}}),
    "qwen3": ("llama", llama_weights, {"model_type": "qwen3", **LLAMA, "head_dim": 6, "rope_theta": 100.0}),
    "opt-350m": ("opt", opt_weights, {"model_type": "opt", "hidden_size": 8, "ffn_dim": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 12, "word_embed_proj_dim": 6, "activation_function": "relu", "do_layer_norm_before": False, "pad_token_id": 1}),
}
TARGETS = {
    "distilbert": ("attention.q_lin", "attention.v_lin"),
    "roberta": ("attention.self.query", "attention.self.value"),
    "albert": ("attention.query", "attention.value"),
    "deberta": ("attention.self.query_proj", "attention.self.value_proj"),
    "gpt2": ("attn.c_attn",),
    "opt": ("self_attn.q_proj", "self_attn.v_proj"),
    "llama": ("self_attn.q_proj", "self_attn.v_proj"),
}


def classifier_names(weights):
    return [name for name in weights if name.startswith(("score.", "classifier.out_proj.")) or name in ("classifier.weight", "classifier.bias")]


def lora_start(family, weights):
    start = {}
    for name, value in list(weights.items()):
        stem = name[: -len(".weight")]
        if not name.endswith(".weight") or not stem.endswith(TARGETS[family]):
            continue
        inputs, outputs = value.shape if family == "gpt2" else value.shape[::-1]
        shared = "encoder.albert_layer_groups.0.albert_layers.0."
        for own in [stem.replace(shared, f"encoder.pass.{layer}.") for layer in range(3)] if family == "albert" else [stem]:
            start[own + ".lora_A.weight"] = normal(RANK, inputs, scale=0.3)
            start[own + ".lora_B.weight"] = normal(outputs, RANK, scale=0.3)
    return start


def record(name, family, weights, config):
    filler = config.get("pad_token_id", 0)
    rows = [torch.randint(2, VOCABULARY, (length,), generator=GENERATOR).tolist() for length in (9, 5, 7)]
    ids, mask = pad(rows, filler=filler)
    labels, count = torch.tensor([0, 2, 1]), len(rows)
    decoder = family in ("gpt2", "opt", "llama")
    stored = {}

    def keep(kind, gradients):
        stored.update({f"{kind}/{name}": value.detach().float() for name, value in gradients.items()})

    def outcome(logits):
        losses = row_losses(logits, labels)
        return losses.mean(), {"logits": rounded(logits), "losses": rounded(losses)}

    oracle = {"inputIds": rows, "labels": labels.tolist()}
    variables = variable(weights)
    loss, oracle["classification"] = outcome(logits_of(family, variables, config, ids, mask))
    keep("classification", {key: value for key, value in gradients_of(loss, variables).items() if not headless(key)})

    start = lora_start(family, weights)
    keep("start", start)
    trained = variable({**start, **{key: weights[key] for key in classifier_names(weights)}})
    loss, own = outcome(logits_of(family, {**weights, **trained, "lora_scale": ALPHA / RANK}, config, ids, mask))
    oracle["lora"] = {"rank": RANK, "alpha": ALPHA, **own}
    keep("lora", gradients_of(loss, trained))

    if family != "deberta":
        at = [row.shape[0] - 1 for row in map(torch.tensor, rows)] if decoder else [2, 1, 3]
        variables = variable(weights)
        hidden = FAMILIES[family](variables, config, ids, mask)
        logits = scores_of(family, variables, config, hidden[torch.arange(count), at])[:, WORDS]
        loss, own = outcome(logits)
        oracle["words"] = {"ids": WORDS, "at": at, **own}
        keep("words", {key: value for key, value in gradients_of(loss, variables).items() if "0." in key or "embed" in key})
    if decoder:
        variables = variable(weights)
        losses = next_word_losses(family, variables, config, ids, mask)
        oracle["language"] = {"losses": rounded(losses)}
        keep("language", {key: value for key, value in gradients_of(losses.mean(), variables).items() if not key.startswith("score.")})

    directory = os.path.join(HERE, name)
    os.makedirs(directory, exist_ok=True)
    write_safetensors(os.path.join(directory, "model.safetensors"), {key: value.float() for key, value in weights.items()})
    write_safetensors(os.path.join(directory, "gradients.safetensors"), stored)
    for file_name, content in (("config.json", {**config, **LABELS}), ("oracle.json", oracle)):
        with open(os.path.join(directory, file_name), "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.write("\n")


def headless(name):
    """A weight of the language-model head, which classification doesn't use."""
    return name.startswith(("lm_head.", "vocab_", "predictions."))


def main():
    torch.set_num_threads(1)
    for name, (family, make, config) in MODELS.items():
        record(name, family, make(config), config)


if __name__ == "__main__":
    main()
