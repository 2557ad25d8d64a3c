/** Plain data as YAML, for programs and people: block style, texts in quotes where they need them. */
export function toYaml(value: unknown): string {
  return lines(JSON.parse(JSON.stringify(value ?? null))).join('\n');
}

function lines(value: unknown): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ['[]'];
    return value.flatMap(item => indented(lines(item), '- ', '  '));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return ['{}'];
    return entries.flatMap(([key, item]) => {
      const inner = lines(item);
      const name = `${scalar(key)}:`;
      return isBlock(item) ? [name, ...inner.map(line => `  ${line}`)] : [`${name} ${inner[0]}`];
    });
  }
  return [scalar(value)];
}

function isBlock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function indented([first, ...rest]: string[], start: string, further: string): string[] {
  return [`${start}${first}`, ...rest.map(line => further + line)];
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const isPlain =
    /^[A-Za-z_./][\w./@-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n|\.(?:inf|nan))$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
