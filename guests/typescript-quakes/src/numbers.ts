// Numbers as text, to the digit as the same function in other languages writes them.

/** A number in JSON: the fewest digits that give it again, and at least one decimal. */
export function json(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const [mantissa, power] = value.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent < -5 || exponent > 15) return `${mantissa}e${power}`;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** A number with so many decimals (0 or 1), halves rounded to even. */
export function decimals(value: number, count: 0 | 1): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  // From here on there are no decimals, and `toFixed` writes powers of ten.
  if (size >= 2 ** 53) return `${sign}${BigInt(size)}${count === 1 ? '.0' : ''}`;
  // `toFixed` rounds halves up. Those are exact: odd multiples of 1/2, or of 1/4 that have a 5 behind the first decimal.
  const isHalf = count === 0 ? size % 1 === 0.5 : size % 0.5 === 0.25;
  const text = size.toFixed(count);
  const isOdd = Number(text.at(-1)) % 2 === 1;
  if (!isHalf || !isOdd) return sign + text;
  return sign + (count === 0 ? Math.floor(size).toFixed(0) : (Math.floor(size * 10) / 10).toFixed(1));
}

/** The energy that was radiated, by Gutenberg and Richter: log10 E = 4.8 + 1.5 M, to three digits. */
export function energyJoules(magnitude: number): number {
  const exponent = 4.8 + 1.5 * magnitude;
  // Beyond these there is nothing but 0 and infinity.
  if (!Number.isFinite(exponent) || Math.abs(exponent) > 400) return exponent < 0 ? 0 : Infinity;
  const scale = Math.floor(exponent);
  // What is left after the scale lies between 1 and 10, where rounding means the same on every system.
  const digits = Math.round(10 ** (exponent - scale) * 100) / 100;
  return Number(`${digits}e${scale}`);
}
