"""What PyTorch makes of the lab's exports, loaded as Hugging Face PEFT loads an adapter and as transformers loads a checkpoint.

    /usr/bin/python3 -B tests/oracles/load_exports.py < REQUEST.json > LOGITS.json

REQUEST is a list of {"family", "base", "peft", "merged", "inputIds"}: directories, and rows without padding. LOGITS is a list of
{"peft", "merged"}: the logits of base + adapter, and of the merged checkpoint, in float64.

PEFT's rules, from its documentation of the checkpoint format, applied without PEFT, which this machine has not: an entry of target_modules names a
module whose name is that entry or ends with "." and that entry; its weights are base_model.model.<module>.lora_A.weight [r, in] and lora_B.weight
[out, r]; W + (lora_alpha / r) B A, transposed where fan_in_fan_out says that the module keeps its matrix so. A module of modules_to_save is
replaced by base_model.model.<module>.<weight> where there is one; it is one whose name ends with the entry. A tensor that no rule takes is an
error.
"""
import json
import os
import sys

import torch
from architectures import logits_of
from bert import classify, pad, read_safetensors

PREFIX = "base_model.model."


def read(directory, name):
    with open(os.path.join(directory, name)) as file:
        return json.load(file)


def checkpoint(directory):
    return {name: tensor.double() for name, tensor in read_safetensors(os.path.join(directory, "model.safetensors")).items()}


def parents(module):
    parts = module.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def with_peft(base, directory):
    config = read(directory, "adapter_config.json")
    assert config["peft_type"] == "LORA" and config["bias"] == "none", config
    tensors = read_safetensors(os.path.join(directory, "adapter_model.safetensors"))
    left = {name: tensor.double() for name, tensor in tensors.items()}
    weights = dict(base)
    modules = sorted({name.rsplit(".", 1)[0] for name in base})
    for module in modules:
        if not any(module == target or module.endswith("." + target) for target in config["target_modules"]):
            continue
        a, b = (left.pop(f"{PREFIX}{module}.lora_{part}.weight") for part in "AB")
        assert a.shape[0] == b.shape[1] == config["r"], (module, a.shape, b.shape)
        change = config["lora_alpha"] / config["r"] * (b @ a)
        weights[module + ".weight"] = base[module + ".weight"] + (change.T if config["fan_in_fan_out"] else change)
    for saved in config["modules_to_save"] or []:
        for module in modules:
            if not any(part.endswith(saved) for part in parents(module)):
                continue
            for name in [name for name in base if name.rsplit(".", 1)[0] == module]:
                weights[name] = left.pop(PREFIX + name, weights[name])
    assert not left, f"nothing takes {sorted(left)}"
    return weights


def logits(family, weights, directory, rows):
    config = read(directory, "config.json")
    ids, mask = pad(rows)
    return classify(weights, config, ids, mask) if family == "bert" else logits_of(family, weights, config, ids, mask)


def answer(request):
    family, base, merged, rows = (request[key] for key in ("family", "base", "merged", "inputIds"))
    with torch.no_grad():
        adapted = logits(family, with_peft(checkpoint(base), request["peft"]), base, rows)
        whole = logits(family, checkpoint(merged), merged, rows)
    return {"peft": adapted.tolist(), "merged": whole.tolist()}


json.dump([answer(request) for request in json.load(sys.stdin)], sys.stdout)
