// The training programs of a VAE. The step minimises reconstruction + penalty, where the objective makes the penalty of the terms of one
// draw, or the importance-weighted bound over several (Burda, Grosse & Salakhutdinov 2015):
//   -log 1/K sum_k p(x|z_k) (p(z_k) / q(z_k|x))^beta.
// Before it, encoder-only steps where inference is aggressive (He et al. 2019); after it, the step of the objective's adversary.
import * as tf from '@tensorflow/tfjs';
import type { Params, ParamValues } from '../base/params.ts';
import type { Rng } from '../base/rng.ts';
import { AGGRESSIVE_ON, batchInformation, type AggressiveInference } from '../regularisers/aggressive-inference.ts';
import { gaussianKl } from '../regularisers/gaussian-kl.ts';
import type { MinimumRate } from '../regularisers/minimum-rate.ts';
import type { LatentTerms, Objective } from '../regularisers/objective.ts';
import { sampledKl } from '../regularisers/sampled-kl.ts';
import { adamCorrections } from '../tracing/adam-update.ts';
import { noiseInputs, normalNoise, openNoise, uniformNoise, type Noise } from '../tracing/noise.ts';
import { float32, type Arrays, type Specs, type Tensors } from '../tracing/program.ts';
import { weightSpecs } from '../tracing/weights.ts';
import { adamSlots, descend, type DescentScalars } from './adam.ts';
import { autoencoderGradients } from './autoencoder-diagnosis.ts';
import type { Diagnosis, TrainingPart } from './model.ts';
import type { VaeNets, VaeParts } from './vae-nets.ts';

export interface VaeTraining {
  readonly parts: VaeParts;
  readonly nets: VaeNets;
  readonly objective: Objective;
  readonly minimumRate: MinimumRate;
  readonly aggressive: AggressiveInference;
  /** Everything that the step's gradients move. */
  readonly learned: Specs;
  readonly knobs: Params;
  /** The knobs of iteration `step` as the schedules make them, beside scalars that only schedules make. */
  schedule(step: number, knobs: ParamValues): Readonly<Record<string, number>>;
}

/** What `loss` tells on the way; kept beyond the tape. */
type Told = Record<string, tf.Tensor>;

export interface VaePrograms {
  /** The iteration's parts in order. */
  readonly parts: readonly TrainingPart[];
  readonly diagnosis: Diagnosis;
}

export function vaePrograms(training: VaeTraining, batch: number): VaePrograms {
  const { parts, nets, objective, minimumRate, aggressive, learned } = training;
  const { latentSize, likelihood, view } = parts;
  const draws = objective.draws ?? 1;
  const usesPrior = objective.uses?.includes('prior') ?? false;
  const hasExactKl = parts.posterior.isDiagonal && parts.prior.isStandardNormal;
  const adversary = objective.adversary;
  const adversarySpecs = adversary ? weightSpecs(adversary.weights(latentSize)) : {};
  const rowsSpec: Specs = objective.uses?.includes('rows') ? { 'data.rows': float32() } : {};
  const read: Specs = { ...learned, ...nets.fixed, ...adversarySpecs, ...rowsSpec };

  const noise: Noise = {
    eps: normalNoise(draws * batch, latentSize),
    ...view.noise(batch, true),
    ...(usesPrior ? { 'prior.eps': normalNoise(batch, latentSize), 'prior.u': uniformNoise(batch) } : {}),
  };
  const scalarNames = [...Object.keys(training.schedule(0, defaultsOf(training.knobs))), 'correction1', 'correction2'];
  const scalarSpecs: Specs = Object.fromEntries(scalarNames.map((name) => [name, float32()]));

  function termsOf(using: Tensors, x: tf.Tensor2D, inputs: Tensors) {
    const once = nets.heads(using, x, true);
    const klPerDimension: tf.Tensor1D = tf.mean(gaussianKl(once.mean, once.logVariance), 0); // [latent]
    const many = (rows: tf.Tensor2D): tf.Tensor2D => (draws === 1 ? rows : tf.tile(rows, [draws, 1])); // [draws × batch, …]
    const rest = once.rest && many(once.rest);
    const heads = { ...once, mean: many(once.mean), logVariance: many(once.logVariance), rest };
    const { z, logRatio } = nets.draw(using, heads, inputs['eps'] as tf.Tensor2D);
    const output = nets.decoder.apply(using, z);
    const nats = view.nats(using, many(x), output); // [draws × batch]
    const { mean, logVariance } = heads;
    const kl: tf.Scalar = hasExactKl
      ? tf.sum(klPerDimension)
      : tf.mean(sampledKl(logRatio, { mean, logVariance, eps: inputs['eps'] as tf.Tensor2D }));
    return { once, klPerDimension, z, logRatio, nats, kl };
  }

  /** Scalar loss of the batch; `told` receives what is worth reporting. */
  function lossOf(using: Tensors, x: tf.Tensor2D, inputs: Tensors, told?: Told): tf.Scalar {
    const { once, klPerDimension, z, logRatio, nats, kl } = termsOf(using, x, inputs);
    const reconstruction: tf.Scalar = tf.mean(nats);
    let loss: tf.Scalar;
    if (draws > 1) {
      const logWeights = tf.neg(tf.add(nats, tf.mul(inputs['beta'] as tf.Scalar, logRatio)));
      const perRow = tf.logSumExp(tf.reshape(logWeights, [draws, batch]), 0);
      loss = tf.sub(Math.log(draws), tf.mean(perRow));
    } else {
      const terms: LatentTerms = {
        mean: once.mean,
        logVariance: once.logVariance,
        z,
        klPerDimension,
        kl,
        get prior() {
          if (!usesPrior) throw new RangeError('this objective looks at draws from the prior without saying that it uses them');
          const [eps, u] = [inputs['prior.eps'] as tf.Tensor2D, inputs['prior.u'] as tf.Tensor1D];
          return nets.prior.sample(using, eps, u, nets.encodeWith(using));
        },
      };
      const rows = using['data.rows'];
      loss = tf.add(reconstruction, objective.penalty(terms, using, rows ? { ...inputs, rows } : inputs));
    }
    if (minimumRate.isOn) loss = tf.add(loss, minimumRate.penalty(using, kl));
    if (told) {
      const found = { reconstruction, kl, 'kl.perDimension': klPerDimension, ...likelihood.report(using) };
      const kept = { ...found, ...prefixed('statistics', once.statistics) };
      for (const [name, tensor] of Object.entries(kept)) told[name] = tf.keep(tf.clone(tensor)); // outlive the tape
      if (aggressive.isOn) told['information'] = tf.keep(tf.clone(batchInformation(once.mean, once.logVariance, z)));
    }
    return loss;
  }

  /** Value and gradients of `loss` by the weights `names`. */
  function gradientsOf(tensors: Tensors, names: readonly string[], loss: (using: Tensors) => tf.Scalar) {
    const withWeights = (...weights: tf.Tensor[]): tf.Scalar =>
      loss({ ...tensors, ...Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor])) });
    return tf.valueAndGrads(withWeights)(names.map((name) => tensors[name] as tf.Tensor));
  }

  const descentScalars = (inputs: Tensors): DescentScalars => ({
    rate: inputs['learningRate'] as tf.Tensor,
    correction1: inputs['correction1'] as tf.Tensor,
    correction2: inputs['correction2'] as tf.Tensor,
    ...(inputs['gradientClip'] ? { largestNorm: inputs['gradientClip'] } : {}),
  });

  function partOf(
    name: string,
    state: Specs,
    noiseOf: Noise,
    more: Readonly<Record<string, (step: number) => number>>,
    body: TrainingPart['program']['body'],
  ): TrainingPart {
    const draw = openNoise(noiseOf);
    const moreSpecs = Object.fromEntries(Object.keys(more).map((input) => [input, float32()]));
    return {
      program: {
        name,
        state,
        inputs: { x: float32(batch, nets.size), ...noiseInputs(noiseOf), ...scalarSpecs, ...moreSpecs },
        body,
      },
      inputs: (step: number, rng: Rng, values: ParamValues): Arrays => {
        const [correction1, correction2] = adamCorrections(step + 1);
        const scalars = { ...training.schedule(step, values), correction1, correction2 };
        const extra = Object.entries(more).map(([input, at]) => [input, at(step)] as const);
        return {
          ...draw(rng),
          ...Object.fromEntries([...Object.entries(scalars), ...extra].map(([input, value]) => [input, Float32Array.of(value)])),
        };
      },
    };
  }

  const names = Object.keys(learned);
  const step = partOf(
    'vae.train',
    { ...read, ...adamSlots(learned), ...minimumRate.state, ...aggressive.state },
    noise,
    aggressive.isOn ? { isCheck: (at) => ((at + 1) % aggressive.checkEvery === 0 ? 1 : 0) } : {},
    (tensors, inputs) => {
      const x = view.seen(tensors, inputs, true);
      const told: Told = {};
      const { value: loss, grads } = gradientsOf(tensors, names, (using) => lossOf(using, x, inputs, told));
      const found = Object.fromEntries(Object.entries(told).map(([name, tensor]) => [name, tf.clone(tensor)]));
      for (const tensor of Object.values(told)) tensor.dispose();
      const { state, norm } = descend(tensors, names, grads, descentScalars(inputs), {});
      const [statistics, outputs] = separate('statistics', found);
      const raised = minimumRate.isOn ? minimumRate.ascend(tensors, outputs['kl'] as tf.Scalar) : {};
      const observed = aggressive.isOn
        ? aggressive.observe(tensors, outputs['information'] as tf.Scalar, inputs['isCheck'] as tf.Scalar)
        : {};
      const on = observed[AGGRESSIVE_ON];
      return {
        state: { ...state, ...statistics, ...raised, ...observed },
        outputs: { loss, ...outputs, ...(on ? { [AGGRESSIVE_ON]: tf.clone(on) } : {}), ...(norm ? { gradientNorm: norm } : {}) },
      };
    },
  );

  const encoderNames = Object.keys(nets.encoder.specs);
  const encoderStep = (): TrainingPart => ({
    ...partOf(
      'vae.encoder',
      { ...read, ...adamSlots(nets.encoder.specs), ...minimumRate.state },
      noise,
      {},
      (tensors, inputs) => {
        const x = view.seen(tensors, inputs, true);
        const { value, grads } = gradientsOf(tensors, encoderNames, (using) => lossOf(using, x, inputs));
        return { ...descend(tensors, encoderNames, grads, descentScalars(inputs)), outputs: { encoderLoss: value } };
      },
    ),
    turns: { most: aggressive.most, now: (control) => aggressive.now(control) },
  });

  const adversaryStep = (player: NonNullable<Objective['adversary']>): TrainingPart => {
    const own = Object.keys(adversarySpecs);
    const more = player.noise(batch, latentSize);
    return partOf(
      'vae.adversary',
      { ...nets.encoder.specs, ...nets.fixed, ...adversarySpecs, ...nets.prior.specs, ...adamSlots(adversarySpecs) },
      { eps: normalNoise(batch, latentSize), ...view.noise(batch, true), ...more },
      {},
      (tensors, inputs) => {
        const x = view.seen(tensors, inputs, true);
        const { z } = nets.draw(tensors, nets.heads(tensors, x, false), inputs['eps'] as tf.Tensor2D);
        const { value, grads } = gradientsOf(tensors, own, (using) => player.loss(using, z, inputs));
        const scalars = { ...descentScalars(inputs), rate: tf.scalar(player.learningRate) };
        return { ...descend(tensors, own, grads, scalars), outputs: { adversaryLoss: value } };
      },
    );
  };

  const diagnosis = partOf('vae.diagnosis', { ...read, ...minimumRate.state }, noise, {}, (tensors, inputs) => {
    const x = view.seen(tensors, inputs, true);
    const outputs = autoencoderGradients(tensors, playersOf(training), {
      whole: (using) => lossOf(using, x, inputs),
      reconstruction: (using) => tf.mean(termsOf(using, x, inputs).nats),
    });
    return { outputs };
  });

  return {
    parts: [...(aggressive.isOn ? [encoderStep()] : []), step, ...(adversary ? [adversaryStep(adversary)] : [])],
    diagnosis,
  };
}

/** What each part of a VAE learns; the likelihood's own weights count as the decoder's. */
export function playersOf({ nets, parts, learned }: VaeTraining): Readonly<Record<string, readonly string[]>> {
  const [encoder, prior] = [Object.keys(nets.encoder.specs), Object.keys(nets.prior.specs)];
  const decoder = Object.keys({ ...nets.decoder.specs, ...parts.likelihood.weights });
  const known = Object.keys(learned);
  return Object.fromEntries(
    Object.entries({ encoder, decoder, prior }).flatMap(([player, names]) => {
      const own = names.filter((name) => known.includes(name));
      return own.length > 0 ? [[player, own] as const] : [];
    }),
  );
}

const defaultsOf = (knobs: Params): ParamValues =>
  Object.fromEntries(Object.entries(knobs).map(([name, param]) => [name, param.default]));

const prefixed = (prefix: string, tensors: Readonly<Record<string, tf.Tensor>>): Told =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix} ${name}`, tensor]));

/** Those named `prefix …`, without it, and the others. */
function separate(prefix: string, tensors: Told): readonly [Told, Told] {
  const own: Told = {};
  const others: Told = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    if (name.startsWith(`${prefix} `)) own[name.slice(prefix.length + 1)] = tensor;
    else others[name] = tensor;
  }
  return [own, others];
}
