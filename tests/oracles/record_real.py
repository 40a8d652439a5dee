"""What PyTorch says about a real checkpoint, to compare `lab eval --logits` and `lab grad` with by hand. Nothing it writes is committed.

    /usr/bin/python3 -B tests/oracles/record_real.py --model DIR --data FILE.tsv --rows 32 --head HEAD.safetensors --out OUT.json
        [--text 1] [--label 0] [--header] [--max-length 64] [--batch 16] [--float32] [--gradients G.safetensors]

--model      Hugging Face directory (model.safetensors float32 or float16, config.json, tokenizer.json with WordPiece)
--head       safetensors file with classifier.weight [labels, hidden] and classifier.bias; left out: the checkpoint's own classifier
--text, --label   column positions; --header skips the first line
--gradients  also writes the gradients themselves, float32 under Hugging Face names

OUT.json: classes (in label order), inputIds (unpadded), logits and losses per row, loss and accuracy over all rows, and gradientNorms of the
mean loss per weight. A class is its number where all labels are whole numbers, else its place in the sorted list of distinct labels
in the rows read, unless config.json has id2label. Float64 unless --float32.
"""
import argparse
import json
import os
import unicodedata

import torch
from bert import classify, pad, read_safetensors, row_losses, write_safetensors
from record import rounded


class WordPiece:
    """Uncased or cased BERT tokenisation (Devlin et al. 2018), independent of the project's tokenizer."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        self.vocabulary = content["model"]["vocab"]
        self.lowercase = content["normalizer"].get("lowercase", True)

    def words(self, text):
        if self.lowercase:
            text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
        spaced = []
        for c in text:
            category = unicodedata.category(c)
            if c.isspace():
                spaced.append(" ")
            elif category[0] == "C" or c == "\ufffd":
                continue
            elif category[0] == "P" or (c.isascii() and not c.isalnum()) or 0x4E00 <= ord(c) <= 0x9FFF or 0x3400 <= ord(c) <= 0x4DBF:
                spaced.append(f" {c} ")
            else:
                spaced.append(c)
        return "".join(spaced).split()

    def pieces(self, word):
        ids, rest, prefix = [], word, ""
        while rest and len(word) <= 100:
            length = next((n for n in range(len(rest), 0, -1) if prefix + rest[:n] in self.vocabulary), 0)
            if length == 0:
                break
            ids.append(self.vocabulary[prefix + rest[:length]])
            rest, prefix = rest[length:], "##"
        return [self.vocabulary["[UNK]"]] if rest else ids

    def encode(self, text, max_length):
        ids = [i for word in self.words(text) for i in self.pieces(word)]
        return [self.vocabulary["[CLS]"], *ids[: max_length - 2], self.vocabulary["[SEP]"]]


def read_rows(options):
    with open(options.data, encoding="utf-8") as file:
        lines = [line.rstrip("\r\n").split("\t") for line in file]
    lines = lines[1:] if options.header else lines
    lines = lines[: options.rows]
    return [line[options.text] for line in lines], [line[options.label] for line in lines]


def classes_of(labels, config):
    if "id2label" in config:
        return [config["id2label"][str(i)] for i in range(len(config["id2label"]))]
    if all(label.isdigit() for label in labels):
        return [str(i) for i in range(max(map(int, labels)) + 1)]
    return sorted(set(labels))


def main():
    parser = argparse.ArgumentParser()
    for name in ("--model", "--data", "--out"):
        parser.add_argument(name, required=True)
    parser.add_argument("--head")
    parser.add_argument("--gradients")
    for name, value in (("--rows", 32), ("--text", 1), ("--label", 0), ("--max-length", 64), ("--batch", 16)):
        parser.add_argument(name, type=int, default=value)
    parser.add_argument("--header", action="store_true")
    parser.add_argument("--float32", action="store_true")
    options = parser.parse_args()

    with open(os.path.join(options.model, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    weights = read_safetensors(os.path.join(options.model, "model.safetensors"))
    if options.head:
        weights.update(read_safetensors(options.head))
    dtype = torch.float32 if options.float32 else torch.float64
    weights = {name: value.to(dtype).requires_grad_() for name, value in weights.items() if not name.startswith("cls.")}

    texts, names = read_rows(options)
    classes = classes_of(names, config)
    labels = torch.tensor([classes.index(name) for name in names])
    tokenizer = WordPiece(os.path.join(options.model, "tokenizer.json"))
    rows = [tokenizer.encode(text, options.max_length) for text in texts]

    logits, losses = [], []
    for begin in range(0, len(rows), options.batch):
        chosen = slice(begin, begin + options.batch)
        ids, mask = pad(rows[chosen], filler=config.get("pad_token_id", 0))
        part = classify(weights, config, ids, mask)
        part_losses = row_losses(part, labels[chosen])
        (part_losses.sum() / len(rows)).backward()
        logits.append(part.detach())
        losses.append(part_losses.detach())
    logits, losses = torch.cat(logits), torch.cat(losses)
    gradients = {name: value.grad for name, value in weights.items() if value.grad is not None}
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(
            {
                "classes": classes,
                "inputIds": rows,
                "logits": rounded(logits),
                "losses": rounded(losses),
                "loss": rounded(losses.mean()),
                "accuracy": rounded((logits.argmax(1) == labels).double().mean()),
                "gradientNorms": {name: rounded(value.norm()) for name, value in gradients.items()},
            },
            file,
            indent=1,
        )
    if options.gradients:
        write_safetensors(options.gradients, {name: value.float() for name, value in gradients.items()})


if __name__ == "__main__":
    main()
