// Numbers and names as a person reads them: units named, thousands grouped, camelCase split.
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
export const count = (value: number): string => grouped.format(value);
export const counted = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;

/** About `digits` significant figures, without an exponent where one can do without. */
export function figure(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? 'infinite' : '−infinite';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const minus = value < 0 ? '−' : '';
  if (size >= 10 ** (digits + 3) || size < 10 ** -(digits + 1)) {
    const [mantissa, exponent] = size.toExponential(Math.max(0, digits - 2)).split('e') as [string, string];
    return `${minus}${mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa}e${exponent.replace('+', '').replace('-', '−')}`;
  }
  if (size >= 10 ** (digits - 1)) return minus + grouped.format(size);
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = size.toFixed(places);
  return minus + (Number.isInteger(size) ? grouped.format(size) : text);
}

/** A number with a fixed count of decimals and a real minus sign, so that columns stand in line. */
export function fixed(value: number, places: number): string {
  const text = Math.abs(value).toFixed(places);
  return (value < 0 && Number(text) !== 0 ? '−' : '') + text;
}

/** “z07”. */
export const dimensionName = (index: number): string => `z${String(index).padStart(2, '0')}`;

const shortForms: Readonly<Record<string, string>> = { kl: 'KL', elbo: 'ELBO', sd: 'SD', r1: 'R1', r2: 'R2', id: 'id' };

/** `learningRate` → “Learning rate”. */
export function title(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_.]/g, ' ')
    .toLowerCase()
    .split(' ')
    .map((word) => shortForms[word] ?? word);
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
