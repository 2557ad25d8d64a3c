/**
 * Keys as NATS takes them: parts joined by dots, which filters can name. Letters, digits, `_` and `-` stay, every other
 * byte of UTF-8 becomes `=XX`, and an empty part becomes `=`.
 */
export function encodeKey(key: string): string {
  return key.split('.').map(encodePart).join('.');
}

export function decodeKey(encoded: string): string {
  return encoded.split('.').map(decodePart).join('.');
}

/** A filter that lets through every encoded key that starts with `prefix`, and perhaps more. */
export function filterFor(prefix: string): string {
  const end = prefix.lastIndexOf('.');
  return end < 0 ? '>' : `${encodeKey(prefix.slice(0, end))}.>`;
}

function encodePart(part: string): string {
  if (part === '') return '=';
  if (/^[A-Za-z0-9_-]+$/.test(part)) return part;
  let encoded = '';
  for (const byte of Buffer.from(part)) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9_-]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function decodePart(part: string): string {
  if (part === '=') return '';
  if (!part.includes('=')) return part;
  const bytes: number[] = [];
  for (let at = 0; at < part.length; at++) {
    if (part[at] === '=') {
      bytes.push(Number.parseInt(part.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(part.charCodeAt(at));
    }
  }
  return Buffer.from(bytes).toString();
}
