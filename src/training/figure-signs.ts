// Figures of codes, of samples and of training, by their metric's id, as signs that causes are judged by.
import type { Measured } from '../metrics/metric.ts';
import type { MemorySigns, PriorSigns, SignsRecord, TrainingSigns } from '../protocol/signs.ts';

/** As it is measured, or as it was told. */
type Figure = Pick<Measured, 'value' | 'expected' | 'rows'> & { readonly beside?: readonly { readonly value: number }[] };
type Figures = Readonly<Record<string, Figure>>;

export function signsOfFigures(figures: Figures): Pick<SignsRecord, 'prior' | 'decoder' | 'memory' | 'training'> {
  const gap = figures['shuffled-gap'];
  const memory = memorySigns(figures);
  const prior = priorSigns(figures);
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
    ...(memory ? { memory } : {}),
    ...(prior ? { prior } : {}),
    ...(told.length > 0 ? { training: Object.fromEntries(told) } : {}),
  };
}

/** What the metrics say of draws from the prior; nothing where codes were not measured. */
function priorSigns({ 'prior-holes': holes, precision }: Figures): PriorSigns | undefined {
  return holes && { holes: holes.value, ...(precision ? { lifelike: precision.value } : {}) };
}

/** Samples, and held-out rows beside them: shares of fewer sway by more than a tenth, the least that is called copying. */
const FEWEST_COMPARED = 50;

/** What the metrics say of copying; nothing where hardly any samples were measured. */
function memorySigns(figures: Figures): MemorySigns | undefined {
  const [copying, replicas, authentic] = ['data-copying', 'nearest-training-ratio', 'authenticity'].map((id) => {
    const figure = figures[id];
    return figure && figure.rows >= FEWEST_COMPARED ? figure : undefined;
  });
  if (!copying && !replicas && !authentic) return undefined;
  return {
    ...(copying ? { dataCopying: copying.value } : {}),
    ...(replicas ? { replicas: { share: replicas.value, expected: replicas.expected ?? 0 } } : {}),
    ...(authentic ? { copied: { share: 1 - authentic.value, expected: 1 - (authentic.expected ?? 0.5) } } : {}),
  };
}
