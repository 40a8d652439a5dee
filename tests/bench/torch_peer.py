"""The engine bench's peer: BERT with LoRA in plain eager PyTorch, on one thread.

Speaks JSON, a line each way. The first line received describes the work: paths of the checkpoint and of a safetensors file with what it lacks
(LoRA, classifier, pooler), the LoRA's rank and alpha, token ids and labels. The peer answers {"torch": version, "blas": file name of the library that multiplies matrices}. Each further line names a task, `forward` or `gradient`; it is done once
and answered with its processor time and what it computed, so that the other side can tell that the work was the same.
Names as Hugging Face and PEFT write them; LoRA as in Hu et al. 2021 (arXiv 2106.09685).
"""
import json
import math
import os
import struct
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


NUMPY_OF = {"F32": np.float32, "F16": np.float16}


def tensors_of(path):
    """Every tensor of a safetensors file, as float32."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    data = np.memmap(path, np.uint8, "r", 8 + length)
    found = {}
    for name, entry in header.items():
        if entry["dtype"] not in NUMPY_OF:
            raise SystemExit(f"{name} is {entry['dtype']}; the peer reads {', '.join(NUMPY_OF)}")
        begin, end = entry["data_offsets"]
        found[name] = torch.from_numpy(data[begin:end].view(NUMPY_OF[entry["dtype"]]).reshape(entry["shape"]).astype(np.float32))
    return found


class Linear(nn.Module):
    """A frozen linear layer, with a low-rank update where it has one."""

    def __init__(self, weights, trained, name, scaling):
        super().__init__()
        self.weight, self.bias = weights[name + ".weight"], weights[name + ".bias"]
        lora = name + ".lora_A.weight"
        self.a = trained.get(lora)
        self.b = trained.get(name + ".lora_B.weight")
        self.scaling = scaling

    def forward(self, x):
        y = F.linear(x, self.weight, self.bias)
        return y if self.a is None else y + F.linear(F.linear(x, self.a), self.b) * self.scaling


class Norm(nn.Module):
    def __init__(self, weights, name, epsilon):
        super().__init__()
        self.weight, self.bias, self.epsilon = weights[name + ".weight"], weights[name + ".bias"], epsilon

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.epsilon)


class Block(nn.Module):
    def __init__(self, weights, trained, prefix, heads, epsilon, scaling):
        super().__init__()
        linear = lambda name: Linear(weights, trained, prefix + name, scaling)
        self.heads = heads
        self.query, self.key, self.value = (linear("attention.self." + name) for name in ("query", "key", "value"))
        self.mix, self.widen, self.narrow = linear("attention.output.dense"), linear("intermediate.dense"), linear("output.dense")
        self.middle, self.last = Norm(weights, prefix + "attention.output.LayerNorm", epsilon), Norm(weights, prefix + "output.LayerNorm", epsilon)

    def forward(self, x):
        rows, tokens, hidden = x.shape
        split = lambda y: y.view(rows, tokens, self.heads, hidden // self.heads).transpose(1, 2)
        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        attention = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(hidden // self.heads), -1)
        x = self.middle(x + self.mix((attention @ value).transpose(1, 2).reshape(rows, tokens, hidden)))
        return self.last(x + self.narrow(F.gelu(self.widen(x))))


class Peer:
    """Rows without padding, so no mask."""

    def __init__(self, work):
        config = json.load(open(os.path.join(work["checkpoint"], "config.json")))
        weights = tensors_of(os.path.join(work["checkpoint"], "model.safetensors"))
        if "bert.embeddings.word_embeddings.weight" not in weights:
            weights = {"bert." + name: tensor for name, tensor in weights.items()}
        weights.update(tensors_of(work["tensors"]))
        self.trained = {name: tensor for name, tensor in weights.items() if ".lora_" in name or name.startswith("classifier.")}
        epsilon = config.get("layer_norm_eps", 1e-12)
        table = "bert.embeddings."
        self.words = weights[table + "word_embeddings.weight"]
        self.positions = weights[table + "position_embeddings.weight"]
        self.types = weights[table + "token_type_embeddings.weight"]
        self.norm = Norm(weights, table + "LayerNorm", epsilon)
        heads, scaling = config["num_attention_heads"], work["alpha"] / work["rank"]
        blocks = range(config["num_hidden_layers"])
        self.blocks = [Block(weights, self.trained, f"bert.encoder.layer.{i}.", heads, epsilon, scaling) for i in blocks]
        self.pooler = Linear(weights, {}, "bert.pooler.dense", 1)
        self.ids, self.labels = torch.tensor(work["ids"]), torch.tensor(work["labels"])

    def loss(self):
        tokens = self.ids.shape[1]
        x = self.norm(F.embedding(self.ids, self.words) + self.positions[:tokens] + self.types[0])
        for block in self.blocks:
            x = block(x)
        pooled = torch.tanh(self.pooler(x[:, 0]))
        return F.cross_entropy(F.linear(pooled, self.trained["classifier.weight"], self.trained["classifier.bias"].view(-1)), self.labels)

    def forward(self):
        with torch.no_grad():
            return {"loss": self.loss().item()}

    def gradient(self):
        for tensor in self.trained.values():
            tensor.requires_grad_(True)
        loss = self.loss()
        gradients = torch.autograd.grad(loss, list(self.trained.values()))
        norm = math.sqrt(sum(gradient.double().square().sum().item() for gradient in gradients))
        return {"loss": loss.item(), "gradientNorm": norm}


def blas():
    """The BLAS this process has loaded: with a slow one a comparison says nothing."""
    names = {os.path.basename(line.split()[-1]) for line in open("/proc/self/maps")} if os.path.exists("/proc/self/maps") else set()
    return next((name for known in ("openblas", "mkl_rt", "blis", "libblas") for name in sorted(names) if known in name), "unknown")


def answer(message):
    print(json.dumps(message), flush=True)


def main():
    torch.set_num_threads(1)
    peer = Peer(json.loads(sys.stdin.readline()))
    answer({"torch": torch.__version__, "blas": blas()})
    for line in sys.stdin:
        start = time.process_time()
        computed = getattr(peer, line.strip())()
        answer({"seconds": time.process_time() - start, **computed})


main()
