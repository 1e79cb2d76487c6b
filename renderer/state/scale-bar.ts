// The scale bar: the round number of latent standard deviations whose bar is between 60 and 150 pixels long.

export interface ScaleBar {
  readonly sd: number;
  readonly pixels: number;
}

const [LEAST, MOST] = [60, 150];

export function scaleBar(unitsPerSd: number | undefined, unitsPerPixel: number): ScaleBar | undefined {
  if (!unitsPerSd || !(unitsPerPixel > 0) || !Number.isFinite(unitsPerSd / unitsPerPixel)) return undefined;
  const pixelsPerSd = unitsPerSd / unitsPerPixel;
  const power = 10 ** Math.floor(Math.log10(LEAST / pixelsPerSd));
  for (const factor of [1, 2, 5, 10, 20, 50]) {
    const pixels = factor * power * pixelsPerSd;
    if (pixels >= LEAST && pixels <= MOST * 1.0001) return { sd: Number((factor * power).toPrecision(3)), pixels };
  }
  return undefined;
}
