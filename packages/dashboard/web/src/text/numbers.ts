const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const hundredths = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** `12,345`. */
export function count(value: number): string {
  return whole.format(value);
}

/** For figures that change: `0`, `0.042`, `12.3`, `1,234`. */
export function figure(value: number): string {
  return Math.abs(value) < 100 ? short.format(value) : whole.format(value);
}

/** `1 task`, `12,345 tasks`. */
export function countOf(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `512 B`, `1.2 MB`. Decimal, as in ls, and in the sizes of disks. */
export function bytes(value: number): string {
  let unit = 0;
  let rest = value;
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${unit > 0 && rest < 99.95 ? rest.toFixed(1) : whole.format(rest)} ${UNITS[unit]}`;
}

/** Of 340 % of a core: `3.4`. */
export function coreFigure(percentage: number): string {
  return hundredths.format(percentage / 100);
}

export function percent(value: number): string {
  return `${value < 10 && value > 0 ? value.toFixed(1) : whole.format(value)} %`;
}
