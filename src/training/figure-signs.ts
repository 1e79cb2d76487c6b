// Figures of codes and of training, by their metric's id, as signs that causes are judged by.
import type { Measured } from '../metrics/metric.ts';
import type { SignsRecord, TrainingSigns } from '../protocol/signs.ts';

export function signsOfFigures(figures: Readonly<Record<string, Measured>>): Pick<SignsRecord, 'decoder' | 'training'> {
  const gap = figures['shuffled-gap'];
  const named: Readonly<Record<string, keyof TrainingSigns>> = {
    'real-sign': 'realSign',
    'discriminator-overfit': 'overfitShare',
    'slope-ratio': 'slopeRatio',
  };
  const told = Object.entries(named).flatMap(([id, name]) => {
    const figure = figures[id];
    return figure && Number.isFinite(figure.value) ? [[name, figure.value] as const] : [];
  });
  return {
    ...(gap ? { decoder: { shuffledGap: { nats: gap.value, errorNats: gap.beside?.[0]?.value ?? 0, rows: gap.rows } } } : {}),
    ...(told.length > 0 ? { training: Object.fromEntries(told) } : {}),
  };
}
