import { isPlainNumber } from './plain.ts';

/** What `JSON.stringify` would escape. Lone surrogates are escaped too, since UTF-8 frames could not carry them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters JSON escapes
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Up to this length testing and quoting beats the call into `JSON.stringify`. */
const SHORT = 40;

/** The JSON text of a string, as `JSON.stringify` writes it. */
export function stringText(value: string): string {
  return value.length <= SHORT && !escaped.test(value) ? `"${value}"` : JSON.stringify(value);
}

/** The JSON text of a list of primitives, or undefined when something in it takes another way. */
export function primitivesText(values: readonly unknown[]): string | undefined {
  let text = '[';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) text += ',';
    switch (typeof value) {
      case 'number':
        if (!isPlainNumber(value)) return undefined;
        text += value;
        break;
      case 'string':
        text += stringText(value);
        break;
      case 'boolean':
        text += value;
        break;
      default:
        if (value !== null) return undefined;
        text += 'null';
    }
  }
  return `${text}]`;
}
