"""A contender: the nets of nets.ts in PyTorch. Arguments: net, images, threads, memory format."""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

net, images, threads, memory_format = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.set_num_threads(threads)
torch.manual_seed(1)


def conv(inputs, outputs, size, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)


def pooled(channels):
    return [nn.BatchNorm2d(channels), nn.ReLU(), nn.MaxPool2d(2)]


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.residual = nn.Sequential(
            conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs), nn.ReLU(),
            conv(outputs, outputs, 3), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Identity() if stride == 1 else conv(inputs, outputs, 1, stride)

    def forward(self, x):
        return F.relu(self.shortcut(x) + self.residual(x))


def build():
    if net == "cnn":
        return [conv(1, 16, 3), *pooled(16), conv(16, 32, 3), *pooled(32), nn.Flatten(), nn.Linear(1568, 10)]
    if net == "separable":
        return [conv(1, 16, 3), *pooled(16), conv(16, 16, 3, groups=16), conv(16, 32, 1), *pooled(32),
                nn.Flatten(), nn.Linear(1568, 10)]
    if net == "mlp":
        return [nn.Flatten(), nn.Linear(784, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU(),
                nn.Linear(256, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 10)]
    return [conv(3, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), Residual(16, 16, 1), Residual(16, 32, 2),
            Residual(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]


layout = torch.channels_last if memory_format == "channels_last" else torch.contiguous_format
shape = (3, 32, 32) if net == "resnet" else (1, 28, 28)
model = nn.Sequential(*build()).to(memory_format=layout)
optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
batches = [(torch.randn(images, *shape).to(memory_format=layout), torch.randint(10, (images,))) for _ in range(4)]


def take_steps(count):
    for index in range(count):
        x, labels = batches[index % len(batches)]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        loss.item()


def reply(**message):
    print(json.dumps(message), flush=True)


reply(type="ready", versions={"torch": torch.__version__, "python": sys.version.split()[0]})
for line in sys.stdin:
    steps = json.loads(line)["steps"]
    take_steps(1)
    start = time.perf_counter()
    take_steps(steps)
    reply(type="took", steps=steps, ms=(time.perf_counter() - start) * 1e3)
