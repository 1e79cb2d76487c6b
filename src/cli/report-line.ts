// One line on how training stands.
import { counted } from '../base/counted.ts';
import type { ReportRecord, SampleQualityRecord } from '../protocol/records.ts';

export function reportLine({ step, epoch, losses, imagesPerSecond, heldOut, activeUnits, samples }: ReportRecord): string {
  const loss = losses['loss'];
  const parts = [
    `step ${step}`,
    `epoch ${epoch.toFixed(1)}`,
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(1)}`]),
    ...(heldOut?.elbo === undefined ? [] : [`held-out ELBO ${heldOut.elbo.toFixed(1)}`]),
    ...(samples ? [samplesWords(samples)] : []),
    ...(activeUnits === undefined ? [] : [counted(activeUnits, 'active unit')]),
    ...(imagesPerSecond > 0 ? [`${Math.round(imagesPerSecond)} rows/s`] : []),
  ];
  return parts.join(', ');
}

const samplesWords = ({ modes, coverage, precision }: SampleQualityRecord): string =>
  modes
    ? `${modes.captured} of ${modes.of} modes, ${Math.round(100 * modes.highQuality)} % good`
    : `coverage ${coverage.toFixed(2)}, precision ${precision.toFixed(2)}`;
