"""BERT in plain PyTorch and the safetensors format, as the independent reference the recorded oracles come from.

Architecture: Devlin et al. 2018 (arXiv 1810.04805), post-norm encoder, weight names as Hugging Face writes them.
The arithmetic runs in the dtype of the weights; the recorders use float64 so that the recorded values are exact for a float32 engine.
"""
import json
import math
import struct

import numpy as np
import torch
from torch.nn import functional as F

NUMPY_OF = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64}
NAME_OF = {np.dtype(value): name for name, value in NUMPY_OF.items()}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], NUMPY_OF[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


def write_safetensors(path, tensors):
    header, chunks, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor.detach().numpy())
        header[name] = {"dtype": NAME_OF[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        chunks.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def activation(name):
    if name == "gelu":  # x Phi(x), exact
        return lambda x: x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))
    if name == "gelu_new":  # the tanh approximation of Hendrycks and Gimpel 2016
        return lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return torch.relu


def dense(weights, name, x):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def branch_end(weights, name, x, act):
    """A projection, and the bottleneck adapter behind it if `weights` has one (Houlsby et al. 2019, arXiv 1902.00751)."""
    y = dense(weights, name, x)
    if name + ".adapter_down.weight" not in weights:
        return y
    return y + dense(weights, name + ".adapter_up", act(dense(weights, name + ".adapter_down", y)))


def layer_norm(weights, name, x, epsilon):
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + epsilon) * weights[name + ".weight"] + weights[name + ".bias"]


def encode(weights, config, ids, mask, keep=None):
    """Hidden states [batch, sequence, hidden] after the last block; `keep`, a list, also gets those after embeddings and each block."""
    rows, length = ids.shape
    heads = config["num_attention_heads"]
    width = config["hidden_size"] // heads
    epsilon = config.get("layer_norm_eps", 1e-12)
    act = activation(config.get("hidden_act", "gelu"))
    table = "bert.embeddings."
    x = weights[table + "word_embeddings.weight"][ids]
    x = x + weights[table + "position_embeddings.weight"][:length] + weights[table + "token_type_embeddings.weight"][0]
    x = layer_norm(weights, table + "LayerNorm", x, epsilon)
    if keep is not None:
        keep.append(x)
    hidden_keys = (mask == 0)[:, None, None, :]

    def per_head(values):
        return values.reshape(rows, length, heads, width).permute(0, 2, 1, 3)

    for layer in range(config["num_hidden_layers"]):
        block = f"bert.encoder.layer.{layer}."
        query = per_head(dense(weights, block + "attention.self.query", x))
        key = per_head(dense(weights, block + "attention.self.key", x))
        value = per_head(dense(weights, block + "attention.self.value", x))
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key) / math.sqrt(width)
        attention = torch.softmax(scores.masked_fill(hidden_keys, float("-inf")), dim=-1)
        context = torch.einsum("bhqk,bhkd->bqhd", attention, value).reshape(rows, length, -1)
        x = layer_norm(weights, block + "attention.output.LayerNorm", x + branch_end(weights, block + "attention.output.dense", context, act), epsilon)
        wide = act(dense(weights, block + "intermediate.dense", x))
        x = layer_norm(weights, block + "output.LayerNorm", x + branch_end(weights, block + "output.dense", wide, act), epsilon)
        if keep is not None:
            keep.append(x)
    return x


def classify(weights, config, ids, mask, keep=None):
    """Logits [batch, labels]."""
    first = encode(weights, config, ids, mask, keep)[:, 0]
    return dense(weights, "classifier", torch.tanh(dense(weights, "bert.pooler.dense", first)))


def predict_tokens(weights, config, ids, mask):
    """Masked language modelling logits [batch, sequence, vocabulary]; the decoder is the word embedding table."""
    act = activation(config.get("hidden_act", "gelu"))
    x = act(dense(weights, "cls.predictions.transform.dense", encode(weights, config, ids, mask)))
    x = layer_norm(weights, "cls.predictions.transform.LayerNorm", x, config.get("layer_norm_eps", 1e-12))
    return x @ weights["bert.embeddings.word_embeddings.weight"].T + weights["cls.predictions.bias"]


def row_losses(logits, labels):
    """Cross-entropy of each row; rows labelled -100 are left out (Hugging Face's convention)."""
    counted = labels != -100
    return F.cross_entropy(logits[counted], labels[counted], reduction="none")


def with_lora(weights, adapter, rank, alpha):
    """W + (alpha / rank) B A for every weight the adapter names (Hu et al. 2021, arXiv 2106.09685); names as PEFT writes them."""
    merged = dict(weights)
    for name in adapter:
        if name.endswith(".lora_A.weight"):
            stem = name[: -len(".lora_A.weight")]
            merged[stem + ".weight"] = weights[stem + ".weight"] + (alpha / rank) * adapter[stem + ".lora_B.weight"] @ adapter[name]
    return merged


def pad(rows, length=None, filler=0):
    """Ids and mask [batch, longest row]."""
    length = length or max(map(len, rows))
    ids = torch.tensor([row + [filler] * (length - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
    return ids, mask
