/**
 * How the parameter of a constructor is called in the source, for error messages; `undefined` where the source does not
 * tell, as with destructuring.
 */
export function parameterName(type: abstract new (...args: never[]) => unknown, position: number): string | undefined {
  const source = Function.prototype.toString.call(type);
  const start = /(?:^|[\s;{}])constructor\s*\(/.exec(source);
  if (start === null) return undefined;
  let depth = 0;
  let at = 0;
  let text = '';
  for (const letter of source.slice(start.index + start[0].length)) {
    if (depth === 0 && (letter === ',' || letter === ')')) {
      if (at++ === position || letter === ')') break;
      text = '';
      continue;
    }
    if ('([{'.includes(letter)) depth++;
    else if (')]}'.includes(letter)) depth--;
    text += letter;
  }
  return at === position + 1 ? /^\s*(?:\.\.\.)?([\w$]+)/.exec(text)?.[1] : undefined;
}
