const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** `12,345`. */
export function count(value: number): string {
  return whole.format(value);
}

/** For figures that change: `0`, `0.4`, `12.3`, `1,234`. */
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

/** From a percentage of one core: `3.4 cores`. */
export function cores(percentage: number): string {
  return `${figure(percentage / 100)} ${percentage === 100 ? 'core' : 'cores'}`;
}

export function percent(value: number): string {
  return `${value < 10 && value > 0 ? value.toFixed(1) : whole.format(value)} %`;
}
