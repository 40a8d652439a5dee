"""Records the oracle of the engine's tests: a tiny random BERT and what PyTorch says about it.

By hand, with Debian's python3-torch (PyTorch 1.13, no other package), from the project root:

    /usr/bin/python3 -B tests/oracles/record.py

writes, beside this file, the Hugging Face directories bert-tiny/ (float32) and bert-tiny-fp16/ (the same weights rounded to float16), and
bert-tiny.json. Everything follows from one seed. Weights are float32 numbers; the arithmetic is float64, so the recorded values (9
significant digits) are a reference for float32 and no comparison of one float32 with another.

Layout of bert-tiny.json. A tensor is {"shape": [...], "data": [... row-major ...]} under its Hugging Face name; token types are all 0.

    batch               inputIds, mask [4, 10]; labels [4]
    classification      logits, losses (per row), loss (mean), hidden (after the embeddings and after each block, padded positions included),
                        gradients (of loss, every weight), direction (about unit length over all those weights together),
                        directionalDerivative, epsilon, lossPlus and lossMinus (at weights +- epsilon direction)
    halfPrecision       logits, losses, loss of bert-tiny-fp16
    activations         for hidden_act gelu_new and relu: logits, loss, gradients of one weight before and one after the activation
    lora                rank, alpha, weights A [rank, in] and B [out, rank] on query and value; W + (alpha / rank) B A; then as in
                        classification, with gradients and direction over A, B and classifier
    bitfit              weights: the biases of the blocks moved away from the model's; logits, losses, loss, gradients of these and the classifier
    bottleneck          size, weights of the adapters; logits, losses, loss, gradients of these and the classifier
    maskedLanguage      inputIds, mask, labels (-100 = not counted) [4, 10]; losses (row-major over counted positions), loss, gradients
"""
import json
import os

import torch
from bert import classify, pad, predict_tokens, row_losses, with_lora, write_safetensors

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "model_type": "bert",
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "vocab_size": 60,
    "max_position_embeddings": 12,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "hidden_act": "gelu",
    "initializer_range": 0.02,
    "pad_token_id": 0,
    "id2label": {"0": "low", "1": "middle", "2": "high"},
    "label2id": {"low": 0, "middle": 1, "high": 2},
}
WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] . , ! ? ' - a b c d e f g h i l m n o p r s t u ##a ##b ##e ##i ##l ##n ##o ##r ##s ##t ##un ##ing "
    "bal ball mel mela nor norin tas tasul ril rilo vep 7 42 ##7 ##2 cafe the zu 中"
).split()
GENERATOR = torch.Generator().manual_seed(20240117)
EPSILON = 1e-2
RANK, ALPHA = 2, 4
BOTTLENECK = 3


def normal(*shape, scale=1.0, around=0.0):
    """Random float32 numbers held as float64."""
    return (around + scale * torch.randn(*shape, generator=GENERATOR)).double()


def random_weights():
    hidden, wide, labels = CONFIG["hidden_size"], CONFIG["intermediate_size"], len(CONFIG["id2label"])
    weights = {}

    def add_dense(name, outputs, inputs):
        weights[name + ".weight"] = normal(outputs, inputs, scale=0.3)
        weights[name + ".bias"] = normal(outputs, scale=0.2)

    def add_norm(name):
        weights[name + ".weight"] = normal(hidden, scale=0.2, around=1.0)
        weights[name + ".bias"] = normal(hidden, scale=0.2)

    for table, rows in {"word": CONFIG["vocab_size"], "position": CONFIG["max_position_embeddings"], "token_type": CONFIG["type_vocab_size"]}.items():
        weights[f"bert.embeddings.{table}_embeddings.weight"] = normal(rows, hidden, scale=0.5)
    add_norm("bert.embeddings.LayerNorm")
    for layer in range(CONFIG["num_hidden_layers"]):
        block = f"bert.encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            add_dense(block + "attention.self." + part, hidden, hidden)
        add_dense(block + "attention.output.dense", hidden, hidden)
        add_norm(block + "attention.output.LayerNorm")
        add_dense(block + "intermediate.dense", wide, hidden)
        add_dense(block + "output.dense", hidden, wide)
        add_norm(block + "output.LayerNorm")
    add_dense("bert.pooler.dense", hidden, hidden)
    add_dense("classifier", labels, hidden)
    add_dense("cls.predictions.transform.dense", hidden, hidden)
    add_norm("cls.predictions.transform.LayerNorm")
    weights["cls.predictions.bias"] = normal(CONFIG["vocab_size"], scale=0.2)
    return weights


def tokenizer():
    special = WORDS[:5]
    assert len(WORDS) == CONFIG["vocab_size"] and len(set(WORDS)) == len(WORDS)
    added = [
        {"id": i, "content": word, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for i, word in enumerate(special)
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {word: i for i, word in enumerate(WORDS)},
        },
    }


def rounded(value):
    if torch.is_tensor(value):
        value = value.tolist()
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def flat(tensors):
    return {name: {"shape": list(value.shape), "data": rounded(value.detach().reshape(-1))} for name, value in tensors.items()}


def gradients_of(loss, variables):
    """Gradients by name; zero where the loss does not depend on the variable."""
    loss.backward()
    result = {name: torch.zeros_like(value) if value.grad is None else value.grad for name, value in variables.items()}
    for value in variables.values():
        value.grad = None
    return result


def variable(tensors):
    return {name: value.detach().clone().requires_grad_() for name, value in tensors.items()}


def probe(loss_at, start, gradients):
    """One direction over `start`, the derivative of the loss along it by autograd, and the two-point values.

    The direction is an equal blend of noise and gradient, so that the loss difference stands far above float32 rounding.
    """

    def unit(tensors):
        norm = torch.sqrt(sum((value**2).sum() for value in tensors.values()))
        return {name: value / norm for name, value in tensors.items()}

    noise, uphill = unit({name: normal(*value.shape) for name, value in start.items()}), unit(gradients)
    direction = unit({name: noise[name] + uphill[name] for name in start})
    # Three significant digits keep the file small; what is recorded is what is used.
    direction = {name: value.clone().apply_(lambda x: float(f"{x:.3g}")) for name, value in direction.items()}
    derivative = sum((direction[name] * gradients[name]).sum() for name in start)

    def two_points(epsilon):
        return [loss_at({name: value + sign * epsilon * direction[name] for name, value in start.items()}) for sign in (1, -1)]

    # The two-point estimate differs from the derivative by epsilon^2 / 6 times the third derivative: check autograd where that is nothing.
    near_plus, near_minus = two_points(EPSILON / 1000)
    assert abs((near_plus - near_minus) / (2 * EPSILON / 1000) - derivative) < 1e-7, "autograd and finite differences disagree"
    plus, minus = two_points(EPSILON)
    return {
        "direction": flat(direction),
        "directionalDerivative": rounded(derivative),
        "epsilon": EPSILON,
        "lossPlus": rounded(plus),
        "lossMinus": rounded(minus),
    }


def outcome(logits, labels):
    losses = row_losses(logits, labels)
    return losses.mean(), {"logits": rounded(logits), "losses": rounded(losses), "loss": rounded(losses.mean())}


def classification(weights, ids, mask, labels):
    used = {name: value for name, value in weights.items() if not name.startswith("cls.")}
    variables, hidden = variable(used), []
    loss, record = outcome(classify(variables, CONFIG, ids, mask, hidden), labels)
    gradients = gradients_of(loss, variables)
    record["hidden"] = flat({str(i): value for i, value in enumerate(hidden)})
    record["gradients"] = flat(gradients)
    return {**record, **probe(lambda at: row_losses(classify(at, CONFIG, ids, mask), labels).mean(), used, gradients)}


def activations(weights, ids, mask, labels):
    shown = ["bert.encoder.layer.0.intermediate.dense.weight", "bert.encoder.layer.0.output.dense.weight"]
    result = {}
    for name in ("gelu_new", "relu"):
        variables = variable(weights)
        loss, record = outcome(classify(variables, {**CONFIG, "hidden_act": name}, ids, mask), labels)
        gradients = gradients_of(loss, variables)
        result[name] = {**record, "gradients": flat({key: gradients[key] for key in shown})}
    return result


def lora(weights, ids, mask, labels):
    start, hidden = {}, CONFIG["hidden_size"]
    for layer in range(CONFIG["num_hidden_layers"]):
        for target in ("query", "value"):
            stem = f"bert.encoder.layer.{layer}.attention.self.{target}"
            start[stem + ".lora_A.weight"] = normal(RANK, hidden, scale=0.3)
            start[stem + ".lora_B.weight"] = normal(hidden, RANK, scale=0.3)
    adapter_weights = flat(start)
    start.update({name: weights[name] for name in ("classifier.weight", "classifier.bias")})

    def logits_at(trained):
        return classify(with_lora({**weights, **{name: trained[name] for name in trained if "lora" not in name}}, trained, RANK, ALPHA), CONFIG, ids, mask)

    variables = variable(start)
    loss, record = outcome(logits_at(variables), labels)
    gradients = gradients_of(loss, variables)
    record.update({"rank": RANK, "alpha": ALPHA, "targets": ["query", "value"], "weights": adapter_weights, "gradients": flat(gradients)})
    return {**record, **probe(lambda at: row_losses(logits_at(at), labels).mean(), start, gradients)}


def adapted(weights, own, ids, mask, labels):
    """The model with tensors `own` added or in place of its own, and the gradients of these and of the classifier."""
    variables = variable({**own, **{name: weights[name] for name in ("classifier.weight", "classifier.bias")}})
    loss, record = outcome(classify({**weights, **variables}, CONFIG, ids, mask), labels)
    return {**record, "weights": flat(own), "gradients": flat(gradients_of(loss, variables))}


def bitfit(weights, ids, mask, labels):
    biases = [name for name in weights if name.startswith("bert.encoder.layer.") and name.endswith(".bias")]
    return adapted(weights, {name: weights[name] + normal(*weights[name].shape, scale=0.2) for name in biases}, ids, mask, labels)


def bottleneck(weights, ids, mask, labels):
    own, hidden = {}, CONFIG["hidden_size"]
    for layer in range(CONFIG["num_hidden_layers"]):
        for end in ("attention.output.dense", "output.dense"):
            stem = f"bert.encoder.layer.{layer}.{end}."
            for part, outputs, inputs in (("adapter_down", BOTTLENECK, hidden), ("adapter_up", hidden, BOTTLENECK)):
                own[f"{stem}{part}.weight"] = normal(outputs, inputs, scale=0.3)
                own[f"{stem}{part}.bias"] = normal(outputs, scale=0.3)
    return {**adapted(weights, own, ids, mask, labels), "size": BOTTLENECK}


def masked_language(weights, rows):
    ids, mask = pad(rows)
    labels = torch.full_like(ids, -100)
    for row, position in ((0, 1), (0, 4), (0, 8), (1, 2), (1, 5), (2, 2), (3, 3), (3, 6)):
        labels[row, position] = ids[row, position]
        # As in pretraining, most of the counted positions are masked, some keep their token.
        if (row, position) != (1, 5):
            ids[row, position] = WORDS.index("[MASK]")
    used = {name: value for name, value in weights.items() if not name.startswith(("classifier", "bert.pooler"))}
    variables = variable(used)
    losses = row_losses(predict_tokens(variables, CONFIG, ids, mask).reshape(-1, CONFIG["vocab_size"]), labels.reshape(-1))
    gradients = gradients_of(losses.mean(), variables)
    return {
        "inputIds": ids.tolist(),
        "mask": mask.tolist(),
        "labels": labels.tolist(),
        "losses": rounded(losses),
        "loss": rounded(losses.mean()),
        "gradients": flat(gradients),
    }


def save_model(directory, weights):
    os.makedirs(directory, exist_ok=True)
    write_safetensors(os.path.join(directory, "model.safetensors"), weights)
    for name, content in (("config.json", CONFIG), ("tokenizer.json", tokenizer())):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.write("\n")


def main():
    torch.set_num_threads(1)
    weights = random_weights()
    halves = {name: value.half() for name, value in weights.items()}
    save_model(os.path.join(HERE, "bert-tiny"), {name: value.float() for name, value in weights.items()})
    save_model(os.path.join(HERE, "bert-tiny-fp16"), halves)

    rows = [[2] + torch.randint(5, CONFIG["vocab_size"], (inner,), generator=GENERATOR).tolist() + [3] for inner in (8, 5, 2, 6)]
    ids, mask = pad(rows)
    labels = torch.tensor([0, 2, 1, 2])
    record = {
        "batch": {"inputIds": ids.tolist(), "mask": mask.tolist(), "labels": labels.tolist()},
        "classification": classification(weights, ids, mask, labels),
        "halfPrecision": outcome(classify({name: value.double() for name, value in halves.items()}, CONFIG, ids, mask), labels)[1],
        "activations": activations(weights, ids, mask, labels),
        "lora": lora(weights, ids, mask, labels),
        "maskedLanguage": masked_language(weights, rows),
        "bitfit": bitfit(weights, ids, mask, labels),
        "bottleneck": bottleneck(weights, ids, mask, labels),
    }
    with open(os.path.join(HERE, "bert-tiny.json"), "w", encoding="utf-8") as file:
        json.dump(record, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
