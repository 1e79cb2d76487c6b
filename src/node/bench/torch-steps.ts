// The training bench's models in PyTorch, step by step what Karst trains: nets, batch, loss, optimisers and, for a GAN, both players' steps
// and the generator's moving average; the encoder that Karst's GAN has beside it is no part of either. Run by `python3 -c`, so that no file
// is needed; prints one line of JSON.

/** What PyTorch builds. Sides halve at each of the channels and double on the way back; no channels make a dense net. */
export interface TorchModel {
  readonly kind: 'vae' | 'gan';
  readonly batch: number;
  readonly latent: number;
  readonly side: number;
  readonly channels: readonly number[];
  /** Of the dense net's hidden layer. */
  readonly width?: number;
}

export const torchSteps = `
import argparse, json, statistics, time
import torch
from torch import nn
from torch.nn import functional as F

p = argparse.ArgumentParser()
p.add_argument("--model", type=json.loads)
p.add_argument("--threads", type=int, default=1)
p.add_argument("--window", type=float, default=2.0)
p.add_argument("--repeats", type=int, default=5)
a = p.parse_args()
torch.set_num_threads(a.threads)
torch.manual_seed(0)
m = a.model
batch, latent, side, channels = m["batch"], m["latent"], m["side"], m["channels"]

def encoder(outputs, active):
    if not channels:
        return nn.Sequential(nn.Linear(side * side, m["width"]), active(), nn.Linear(m["width"], outputs))
    layers = []
    for i, o in zip([1, *channels], channels):
        layers += [nn.Conv2d(i, o, 4, 2, 1), active()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * (side >> len(channels)) ** 2, outputs))

def decoder(active):
    if not channels:
        return nn.Sequential(nn.Linear(latent, m["width"]), active(), nn.Linear(m["width"], side * side))
    small = side >> len(channels)
    layers = [nn.Linear(latent, channels[-1] * small * small), active(), nn.Unflatten(1, (channels[-1], small, small))]
    for i, o in zip(channels[::-1], [*channels[-2::-1], 1]):
        layers += [nn.ConvTranspose2d(i, o, 4, 2, 1), active()]
    return nn.Sequential(*layers[:-1])

x = (torch.rand(batch, *((1, side, side) if channels else (side * side,))) > 0.8).float()
if m["kind"] == "vae":
    e, d = encoder(2 * latent, nn.ReLU), decoder(nn.ReLU)
    optimiser = torch.optim.Adam([*e.parameters(), *d.parameters()], 1e-3)

    def step():
        optimiser.zero_grad()
        mean, spread = e(x).chunk(2, 1)
        z = mean + torch.randn_like(mean) * (0.5 * spread).exp()
        kl = 0.5 * (mean.square() + spread.exp() - 1 - spread).sum() / batch
        loss = F.binary_cross_entropy_with_logits(d(z), x, reduction="sum") / batch + kl
        loss.backward()
        optimiser.step()
        return loss.item()
else:
    leaky = lambda: nn.LeakyReLU(0.2)
    g, d = nn.Sequential(decoder(leaky), nn.Tanh()), encoder(1, leaky)
    of_g, of_d = (torch.optim.Adam(net.parameters(), 2e-4, betas=(0.5, 0.99)) for net in (g, d))
    average = [w.detach().clone() for w in g.parameters()]

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
print(json.dumps({"engine": "torch " + torch.__version__, "threads": a.threads, "imagesPerSecond": round(statistics.median(rates)),
                  "min": round(min(rates)), "max": round(max(rates))}))
`;
