"""Records what PyTorch says about every adapter on the tiny checkpoints of record_architectures.py.

By hand, with Debian's python3-torch (PyTorch 1.13, no other package), from the project root:

    python3 -B tests/oracles/record_adapters.py

writes adapters.safetensors and adapters.json into each directory below models/. Weights come from the directory's own model.safetensors; the
rest follows from one seed. The arithmetic is float64.

    adapters.json         by adapter (lora-all: on every linear layer of a block; bitfit; bottleneck): its numbers, logits, losses
    adapters.safetensors  ADAPTER/start/NAME and ADAPTER/gradient/NAME: values, and the gradients of the mean loss, of what it trains
"""
import json
import os
import struct

import torch
from architectures import logits_of
from bert import pad, row_losses, write_safetensors
from record import gradients_of, rounded, variable
from record_architectures import MODELS, HERE, classifier_names

GENERATOR = torch.Generator().manual_seed(20250923)
RANK, ALPHA, SIZE = 2, 3, 3
PASSES = "albert.encoder.pass."
SHARED = "albert.encoder.albert_layer_groups.0.albert_layers.0."
# The two linear layers of a block after which a bottleneck stands, by the end of their names.
BRANCH_ENDS = (
    ("attention.output.dense", "output.dense"),
    ("attention.out_lin", "ffn.lin2"),
    ("attention.dense", "ffn_output"),
    ("attn.c_proj", "mlp.c_proj"),
    ("self_attn.out_proj", "fc2"),
    ("self_attn.o_proj", "mlp.down_proj"),
)
HEADS = ("classifier", "pre_classifier", "pooler", "score", "lm_head", "vocab_", "predictions", "cls.", "albert.pooler")


def normal(shape, scale, around=0.0):
    return (torch.randn(*shape, generator=GENERATOR) * scale + around).float().double()


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            assert entry["dtype"] == "F32"
            tensors[name] = torch.frombuffer(bytearray(body[start:end]), dtype=torch.float32).reshape(entry["shape"]).double()
    return tensors


def in_block(name):
    return any(part in name for part in (".layer.", ".layers.", ".h.", ".albert_layers.")) and not name.startswith(HEADS)


def activation_of(config):
    return next(config[key] for key in ("hidden_act", "activation", "activation_function") if key in config)


def owners(name, config):
    """Under which names an adapter has what it keeps beside `name`: one for each pass through a layer that is shared."""
    if not name.startswith(SHARED):
        return [name]
    return [f"{PASSES}{layer}.{name[len(SHARED):]}" for layer in range(config["num_hidden_layers"])]


def linear_layers(weights, in_out):
    """Stem, inputs and outputs of each linear layer of the blocks."""
    for name, value in weights.items():
        if in_block(name) and name.endswith(".weight") and value.dim() == 2:
            inputs, outputs = value.shape if in_out else value.shape[::-1]
            yield name[: -len(".weight")], inputs, outputs


def starts(kind, weights, config, in_out):
    trained = {}
    if kind == "bitfit":
        for name, value in weights.items():
            if in_block(name) and name.endswith(".bias"):
                for own in owners(name, config):
                    trained[own] = (value + normal(value.shape, 0.2)).float().double()
        return trained
    for stem, inputs, outputs in linear_layers(weights, in_out):
        for own in owners(stem, config):
            if kind == "lora-all":
                trained[own + ".lora_A.weight"] = normal((RANK, inputs), 0.3)
                trained[own + ".lora_B.weight"] = normal((outputs, RANK), 0.3)
            elif any(stem.endswith(end) for pair in BRANCH_ENDS for end in pair):
                trained[own + ".adapter_down.weight"] = normal((SIZE, outputs), 0.4)
                trained[own + ".adapter_down.bias"] = normal((SIZE,), 0.2)
                trained[own + ".adapter_up.weight"] = normal((outputs, SIZE), 0.4)
                trained[own + ".adapter_up.bias"] = normal((outputs,), 0.2)
    return trained


def main():
    torch.set_num_threads(1)
    for name, (family, _, _) in MODELS.items():
        directory = os.path.join(HERE, name)
        weights = read_safetensors(os.path.join(directory, "model.safetensors"))
        with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        with open(os.path.join(directory, "oracle.json"), encoding="utf-8") as file:
            oracle = json.load(file)
        ids, mask = pad(oracle["inputIds"], filler=config.get("pad_token_id", 0))
        labels = torch.tensor(oracle["labels"])
        stored, record = {}, {}
        for kind, numbers in (("lora-all", {"rank": RANK, "alpha": ALPHA}), ("bitfit", {}), ("bottleneck", {"size": SIZE})):
            start = starts(kind, weights, config, family == "gpt2")
            if not start:
                continue
            trained = variable({**start, **{key: weights[key] for key in classifier_names(weights)}})
            logits = logits_of(family, {**weights, **trained, "lora_scale": ALPHA / RANK, "activation": activation_of(config)}, config, ids, mask)
            losses = row_losses(logits, labels)
            record[kind] = {**numbers, "logits": rounded(logits), "losses": rounded(losses)}
            stored.update({f"{kind}/start/{key}": value.float() for key, value in start.items()})
            stored.update({f"{kind}/gradient/{key}": value.float() for key, value in gradients_of(losses.mean(), trained).items()})
        write_safetensors(os.path.join(directory, "adapters.safetensors"), stored)
        with open(os.path.join(directory, "adapters.json"), "w", encoding="utf-8") as file:
            json.dump(record, file)
            file.write("\n")
        print(name, *(f"{kind} {len([key for key in stored if key.startswith(kind)])}" for kind in record))


if __name__ == "__main__":
    main()
