"""Rebuilds exported graphs in PyTorch and compares outputs, gradients and running statistics.

    python pytorch_parity.py FOLDER

Prints the largest absolute difference per network, and exits with 1 if one is above the tolerance.
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F

TOLERANCE = 1e-4


def load_file(path):
    """The tensors of a safetensors file of f32: a header's length, the header as JSON, the values."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, values = json.loads(data[8 : 8 + length]), data[8 + length :]
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        assert info["dtype"] == "F32", f"{name} is of {info['dtype']}"
        tensors[name] = torch.frombuffer(bytearray(values[begin:end]), dtype=torch.float32).reshape(info["shape"])
    return tensors


def attention(op, operands, params):
    """Multi-head attention by torch.nn.MultiheadAttention, whose parameters have the same layout."""
    mask = operands.pop() if op["masked"] else None
    queries = operands[0]
    keys = operands[1] if len(operands) == 2 else queries
    in_weight, in_bias, out_weight, out_bias = params
    causal = None
    if op["causal"]:
        causal = torch.ones(queries.shape[1], keys.shape[1], dtype=torch.bool).triu(1)
    result, _ = F.multi_head_attention_forward(
        queries.transpose(0, 1), keys.transpose(0, 1), keys.transpose(0, 1),
        queries.shape[2], op["heads"], in_weight, in_bias, None, None, False, 0.0, out_weight, out_bias,
        key_padding_mask=None if mask is None else mask == 0, need_weights=False, attn_mask=causal,
    )
    return result.transpose(0, 1)


def mean_tokens(operands):
    if len(operands) == 1:
        return operands[0].mean(1)
    x, mask = operands
    return (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)


def activation(op, x):
    if "leaky-relu" in op:
        return F.leaky_relu(x, op["leaky-relu"]["slope"])
    named = {"relu": F.relu, "gelu": F.gelu, "silu": F.silu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
    return next(f for name, f in named.items() if name in op)(x)


def multiply(a, b):
    if a.shape == b.shape:
        return a * b
    if b[0].numel() == 1:
        return a * b.reshape(-1, *[1] * (a.dim() - 1))
    return a * b.reshape(b.shape[0], *[1] * (a.dim() - 2), b.shape[-1])


def run_node(node, operands, params, training):
    op, kind = node["op"], node["op"]["op"]
    x = operands[0]
    if kind == "linear":
        return F.linear(x, *params)
    if kind in ("conv1d", "conv2d"):
        bias = params[1] if op["bias"] else None
        conv = F.conv1d if kind == "conv1d" else F.conv2d
        return conv(x, params[0], bias, op["stride"], op["padding"], op["dilation"], op["groups"])
    if kind in ("pool1d", "pool2d"):
        pool = getattr(F, ("max" if op["kind"] == "max" else "avg") + "_" + kind)
        return pool(x, op["kernel"], op["stride"])
    if kind == "layer-norm":
        return F.layer_norm(x, x.shape[-1:], *params, op["epsilon"])
    if kind == "rms-norm":
        return F.rms_norm(x, x.shape[-1:], params[0], op["epsilon"])
    if kind == "batch-norm":
        weight, bias, mean, variance = params
        return F.batch_norm(x, mean, variance, weight, bias, training, op["momentum"], op["epsilon"])
    if kind == "embedding":
        return F.embedding(x.long(), params[0])
    if kind == "attention":
        return attention(op, operands, params)
    return {
        "global-average-pool": lambda: x.flatten(2).mean(2),
        "mean-tokens": lambda: mean_tokens(operands),
        "dropout": lambda: x,
        "activation": lambda: activation(op, x),
        "softmax": lambda: x.softmax(-1),
        "log-softmax": lambda: x.log_softmax(-1),
        "position-embedding": lambda: x + params[0],
        "concat": lambda: torch.cat(operands, op["axis"] + 1),
        "stack": lambda: torch.stack(operands, 1),
        "reshape": lambda: x.reshape(-1, *op["shape"]),
        "flatten": lambda: x.flatten(1),
        "transpose": lambda: x.transpose(1, 2),
        "add": lambda: x + operands[1],
        "mul": lambda: multiply(x, operands[1]),
    }[kind]()


def run(graph, weights, inputs, training):
    values = [inputs["input." + i["name"]] for i in graph["inputs"]]
    for node in graph["nodes"]:
        operands = [values[i] for i in node["inputs"]]
        params = [weights[graph["params"][i]["name"]] for i in node["params"]]
        values.append(run_node(node, operands, params, training))
    return {o["name"]: values[o["value"]] for o in graph["outputs"]}


def compare(folder, name):
    graph = json.loads((folder / f"{name}.graph.json").read_text())
    tensors = load_file(folder / f"{name}.tensors.safetensors")
    roles = {p["name"]: p["role"] for p in graph["params"]}
    worst = {}

    def differ(what, ours, theirs):
        assert ours.shape == theirs.shape, f"{name}: {what} is {tuple(ours.shape)} and {tuple(theirs.shape)}"
        worst[what] = max(worst.get(what, 0.0), (ours - theirs).abs().max().item())

    for mode in ("evaluation", "training"):
        if not any(key.startswith(mode) for key in tensors):
            continue
        weights = load_file(folder / f"{name}.weights.safetensors")
        trained = [key for key in weights if roles[key] not in ("buffer", "frozen")]
        for key in trained:
            weights[key].requires_grad_()
        outputs = run(graph, weights, tensors, mode == "training")
        for key, theirs in outputs.items():
            differ("output", tensors[f"{mode}.output.{key}"], theirs)
            if mode == "evaluation":
                differ("output", tensors[f"output.{key}"], theirs)
        objective = sum((tensors[f"cotangent.{key}"] * y).sum() for key, y in outputs.items())
        for key, theirs in zip(trained, torch.autograd.grad(objective, [weights[key] for key in trained])):
            ours = tensors[f"{mode}.gradient.{key}"]
            # Gradients of any size: relative to the largest of their parameter, where that is above one.
            scale = max(1.0, theirs.abs().max().item())
            differ("gradient", ours / scale, theirs / scale)
        for key in weights:
            if roles[key] == "buffer" and mode == "training":
                differ("buffer", tensors[f"{mode}.buffer.{key}"], weights[key])
    return worst


def main():
    folder = pathlib.Path(sys.argv[1])
    names = sorted(path.name.removesuffix(".graph.json") for path in folder.glob("*.graph.json"))
    print(f"torch {torch.__version__}; largest absolute difference")
    failed = not names
    for name in names:
        worst = compare(folder, name)
        is_bad = any(not value <= TOLERANCE for value in worst.values())
        failed |= is_bad
        print(f"{name:18}" + "".join(f"  {what} {value:.1e}" for what, value in worst.items()) + ("  FAILED" if is_bad else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
