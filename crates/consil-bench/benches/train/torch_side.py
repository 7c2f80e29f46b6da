"""PyTorch's side of the comparison of training steps: started by the benchmark `train`, which tells it how many steps to take."""
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(2)
torch.manual_seed(7)


class Text(nn.Module):
    def __init__(self, vocabulary, width, heads, layers, length, out, causal):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.02 * torch.randn(length, width))
        layer = lambda: nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.ModuleList([layer() for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, out)
        self.mask = nn.Transformer.generate_square_subsequent_mask(length) if causal else None
        self.causal = causal

    def forward(self, x):
        x = self.words(x) + self.positions
        for layer in self.layers:
            x = layer(x, src_mask=self.mask, is_causal=self.causal)
        x = self.norm(x)
        return self.out(x if self.causal else x.mean(1))


def classes(n, *shape):
    return torch.randint(n, shape)


def make(name):
    relu, flat = nn.ReLU, nn.Flatten
    if name == "mlp":
        model = nn.Sequential(nn.Linear(100, 64), relu(), nn.Linear(64, 64), relu(), nn.Linear(64, 32))
        return model, torch.randn(32, 100), classes(32, 32)
    if name == "lenet":
        model = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), relu(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), relu(), nn.MaxPool2d(2), flat(),
            nn.Linear(400, 120), relu(), nn.Linear(120, 84), relu(), nn.Linear(84, 10))
        return model, torch.randn(64, 1, 28, 28), classes(10, 64)
    if name == "vision-cnn":
        conv = lambda a, b: [nn.Conv2d(a, b, 3, padding=1), relu(), nn.MaxPool2d(2)]
        model = nn.Sequential(*conv(3, 64), *conv(64, 128), *conv(128, 256), nn.AdaptiveAvgPool2d(1), flat(), nn.Linear(256, 10))
        return model, torch.randn(32, 3, 32, 32), classes(10, 32)
    if name == "transformer-64":
        return Text(1000, 64, 4, 2, 64, 10, False), classes(1000, 64, 64), classes(10, 64)
    if name == "transformer-512":
        return Text(50_000, 512, 8, 6, 64, 50_000, True), classes(50_000, 8, 64), classes(50_000, 8, 64)
    if name == "softmax-50000":
        return nn.Linear(512, 50_000), torch.randn(8, 64, 512), classes(50_000, 8, 64)
    sys.exit(f"no model {name}")


model, x, y = make(sys.argv[1])
optimizer = None if sys.argv[1] == "softmax-50000" else torch.optim.Adam(model.parameters())


def step():
    model.zero_grad()
    out = model(x)
    loss = F.cross_entropy(out.flatten(0, -2), y.flatten())
    loss.backward()
    if optimizer:
        optimizer.step()
    return loss.item()


print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "end":
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
        break
    seconds = []
    for _ in range(int(line)):
        begin = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - begin)
    print(*seconds, flush=True)
