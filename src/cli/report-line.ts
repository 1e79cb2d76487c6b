// One line on how training stands.
import type { ReportRecord } from '../protocol/records.ts';

export function reportLine({ step, epoch, losses, imagesPerSecond, heldOut, activeUnits }: ReportRecord): string {
  const loss = losses['loss'];
  const parts = [
    `step ${step}`,
    `epoch ${epoch.toFixed(1)}`,
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(1)}`]),
    ...(heldOut ? [`held-out ELBO ${heldOut.elbo.toFixed(1)}`] : []),
    ...(activeUnits === undefined ? [] : [`${activeUnits} active units`]),
    ...(imagesPerSecond > 0 ? [`${Math.round(imagesPerSecond)} rows/s`] : []),
  ];
  return parts.join(', ');
}
