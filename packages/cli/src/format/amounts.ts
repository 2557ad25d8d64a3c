type Amounts = Readonly<Record<string, number>>;

/** `CPU 1/4, memory 2.0/8.0 GiB`: what is taken of what there is. */
export function usage(total: Amounts, available: Amounts): string {
  return Object.entries(total)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => {
      const taken = amount - (available[name] ?? amount);
      return name === 'memory'
        ? `memory ${gib(taken)}/${gib(amount)} GiB`
        : `${name} ${rounded(taken)}/${rounded(amount)}`;
    })
    .join(', ');
}

/** `1 CPU, 2 tpu` */
export function demand(shape: Amounts): string {
  const parts = Object.entries(shape).map(([name, amount]) =>
    name === 'memory' ? `${gib(amount)} GiB memory` : `${rounded(amount)} ${name}`,
  );
  return parts.join(', ') || 'nothing';
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

function rounded(amount: number): string {
  return String(Math.round(amount * 10_000) / 10_000);
}
