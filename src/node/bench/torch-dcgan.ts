// The DCGAN of the training bench in PyTorch: the same nets, batch, loss, optimisers and moving average as our own workload, both players'
// steps. Run by `python3 -c`, so that no file is needed; it prints one line of JSON.

export const torchDcgan = `
import argparse, json, statistics, time
import torch
from torch import nn
from torch.nn import functional as F

p = argparse.ArgumentParser()
p.add_argument("--threads", type=int, default=1)
p.add_argument("--window", type=float, default=2.0)
p.add_argument("--repeats", type=int, default=5)
a = p.parse_args()
torch.set_num_threads(a.threads)
torch.manual_seed(0)
batch, latent, width = 64, 64, 128 * 7 * 7

def leaky():
    return nn.LeakyReLU(0.2)

g = nn.Sequential(
    nn.Linear(latent, width), leaky(), nn.Unflatten(1, (128, 7, 7)),
    nn.ConvTranspose2d(128, 64, 4, 2, 1), leaky(), nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh())
d = nn.Sequential(
    nn.Conv2d(1, 64, 4, 2, 1), leaky(), nn.Conv2d(64, 128, 4, 2, 1), leaky(), nn.Flatten(), nn.Linear(width, 1))
of_g, of_d = (torch.optim.Adam(m.parameters(), 2e-4, betas=(0.5, 0.99)) for m in (g, d))
average = [w.detach().clone() for w in g.parameters()]
x = (torch.rand(batch, 1, 28, 28) > 0.8).float()

def step():
    of_d.zero_grad()
    with torch.no_grad():
        fake = g(torch.randn(batch, latent))
    (F.softplus(-d(2 * x - 1)).mean() + F.softplus(d(fake)).mean()).backward()
    of_d.step()
    of_g.zero_grad()
    loss = F.softplus(-d(g(torch.randn(batch, latent)))).mean()
    loss.backward()
    of_g.step()
    with torch.no_grad():
        for mean, weight in zip(average, g.parameters()):
            mean.lerp_(weight, 0.005)
    return loss.item()

for _ in range(5):
    step()
rates = []
for _ in range(a.repeats):
    start, steps = time.perf_counter(), 0
    while time.perf_counter() - start < a.window:
        step()
        steps += 1
    rates.append(steps * batch / (time.perf_counter() - start))
print(json.dumps({"engine": "torch " + torch.__version__, "workload": "dcgan", "threads": a.threads,
                  "imagesPerSecond": round(statistics.median(rates)), "min": round(min(rates)), "max": round(max(rates))}))
`;
