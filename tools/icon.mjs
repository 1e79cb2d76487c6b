// Draws the app's icon: the contour map of a sinkhole, its innermost lines in the colour of collapse, with a depression's inward ticks.
// Writes assets/app/icon.svg and icon.png, which the packager turns into what each platform wants. Run it after changing the drawing.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

const folder = path.join(import.meta.dirname, '../assets/app');
const SIZE = 512;
const ground = '#12161b';
const slate = '#6f8496';
const collapse = '#ff9a3d';

/** A contour at depth 0 (rim) to 1 (floor): ever rounder, and drifting to where the hollow is deepest. */
function contourPoint(depth, angle) {
  const radius = 205 * (1 - depth) + 34 * depth;
  const rough = (1 - depth) ** 1.2;
  const wave = 0.1 * Math.sin(2 * angle + 0.6) + 0.055 * Math.sin(3 * angle - 1.1) + 0.03 * Math.sin(5 * angle + 2.2);
  const r = radius * (1 + rough * wave);
  return [SIZE / 2 + 22 * depth + r * Math.cos(angle), SIZE / 2 + 16 * depth + r * Math.sin(angle)];
}

const number = (value) => value.toFixed(1);
const POINTS = 96;
function contour(depth, colour, width) {
  const points = Array.from({ length: POINTS }, (_, i) =>
    contourPoint(depth, (2 * Math.PI * i) / POINTS)
      .map(number)
      .join(' '),
  );
  return `<path d="M${points.join('L')}Z" stroke="${colour}" stroke-width="${width}"/>`;
}

function ticks(depth, count, length) {
  const lines = Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * (i + 0.5)) / count;
    const [x, y] = contourPoint(depth, angle);
    const [centreX, centreY] = [SIZE / 2 + 22 * depth, SIZE / 2 + 16 * depth];
    const far = Math.hypot(x - centreX, y - centreY);
    return `M${number(x)} ${number(y)}L${number(x - ((x - centreX) / far) * length)} ${number(y - ((y - centreY) / far) * length)}`;
  });
  return `<path d="${lines.join('')}" stroke="${collapse}" stroke-width="9"/>`;
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}">
<rect width="${SIZE}" height="${SIZE}" rx="88" fill="${ground}"/>
<g fill="none" stroke-linejoin="round" stroke-linecap="round">
${contour(0, slate, 9)}
${contour(0.24, slate, 9)}
${contour(0.46, slate, 11)}
${contour(0.68, collapse, 14)}
${ticks(0.68, 12, 22)}
</g>
</svg>
`;
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'icon.svg'), svg);
await sharp(Buffer.from(svg), { density: 72 })
  .resize(SIZE, SIZE)
  .png({ compressionLevel: 9 })
  .toFile(path.join(folder, 'icon.png'));
