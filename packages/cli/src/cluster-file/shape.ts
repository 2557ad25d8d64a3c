import { AktisError } from '@aktis/core';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { oneLine } from '../format/one-line.ts';

/** A cluster file that says something it must not, with the line. */
export class ClusterFileError extends AktisError {
  static override readonly code = 'ERR_AKTIS_CLUSTER_FILE';
}

/** What a value of a cluster file may be. */
export type Shape =
  | { readonly kind: 'text'; readonly oneOf?: readonly string[]; readonly pattern?: RegExp; readonly means?: string }
  | { readonly kind: 'number'; readonly least?: number; readonly oneOf?: readonly number[] }
  | { readonly kind: 'flag' }
  | { readonly kind: 'list'; readonly of: Shape; readonly least?: number }
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'fields'; readonly fields: Fields; readonly notHere?: Readonly<Record<string, string>> };

export type Fields = Readonly<Record<string, { readonly shape: Shape; readonly needed?: true }>>;

/** A YAML text, and where in it each value stands. */
export class ClusterDocument {
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  private constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
  }

  /** @throws ClusterFileError when it is no YAML */
  static parse(file: string, text: string): ClusterDocument {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    const [error] = document.errors;
    if (error !== undefined) {
      throw new ClusterFileError(
        `${file}:${lines.linePos(error.pos[0]).line}: this is not valid YAML: ${error.message}`,
      );
    }
    return new ClusterDocument(file, document, lines);
  }

  get isEmpty(): boolean {
    return plain(this.#document.contents) === null;
  }

  /** The text at `path`, if there is one. */
  text(...path: string[]): string | undefined {
    const value = this.#document.getIn(path);
    return typeof value === 'string' ? value : undefined;
  }

  /** The whole as plain data, once it has that shape. @throws ClusterFileError with the line of what has not */
  as<T>(shape: Shape): T {
    this.#check(this.#document.contents, shape, '');
    return this.#document.toJS() as T;
  }

  /** Checks the fields that `shape` names, and no others. @throws ClusterFileError unless they have that shape */
  checkOnly(shape: Shape & { kind: 'fields' }): void {
    this.#checkFields(this.#document.contents, shape, '', false);
  }

  #check(node: Node | null, shape: Shape, path: string): void {
    switch (shape.kind) {
      case 'text': {
        const value = this.#scalar(node, shape, path);
        if (typeof value !== 'string') throw this.#wrong(node, path, describe(shape), value);
        if (shape.oneOf !== undefined && !shape.oneOf.includes(value))
          throw this.#wrong(node, path, describe(shape), value);
        if (shape.pattern?.test(value) === false) throw this.#wrong(node, path, describe(shape), value);
        break;
      }
      case 'number': {
        const value = this.#scalar(node, shape, path);
        const isGood =
          typeof value === 'number' &&
          value >= (shape.least ?? 0) &&
          (shape.oneOf === undefined || shape.oneOf.includes(value));
        if (!isGood) throw this.#wrong(node, path, describe(shape), value);
        break;
      }
      case 'flag': {
        const value = this.#scalar(node, shape, path);
        if (typeof value !== 'boolean') throw this.#wrong(node, path, describe(shape), value);
        break;
      }
      case 'list':
        if (!isSeq(node)) throw this.#wrong(node, path, describe(shape), plain(node));
        if (node.items.length < (shape.least ?? 0)) throw this.#wrong(node, path, `${describe(shape)}, not empty`, []);
        for (const [i, item] of node.items.entries()) this.#check(item as Node | null, shape.of, `${path}[${i}]`);
        break;
      case 'map':
        for (const [key, value] of this.#entries(node, shape, path)) this.#check(value, shape.of, inside(path, key));
        break;
      case 'fields':
        this.#checkFields(node, shape, path);
    }
  }

  #checkFields(node: Node | null, shape: Shape & { kind: 'fields' }, path: string, isStrict = true): void {
    const { fields, notHere = {} } = shape;
    const found = new Set<string>();
    for (const [key, value, at] of this.#entries(node, shape, path)) {
      const field = fields[key];
      if (field === undefined) {
        if (!isStrict) continue;
        const why = notHere[key] ?? `it is not known here. Allowed: ${Object.keys(fields).join(', ')}`;
        throw this.#error(at, `"${inside(path, key)}": ${why}`);
      }
      found.add(key);
      this.#check(value, field.shape, inside(path, key));
    }
    for (const [key, { needed, shape: wanted }] of Object.entries(fields)) {
      if (needed && !found.has(key)) {
        throw this.#error(node, `"${inside(path, key)}" is missing: it must be ${describe(wanted)}`);
      }
    }
  }

  #scalar(node: Node | null, shape: Shape, path: string): unknown {
    if (node !== null && !isScalar(node)) throw this.#wrong(node, path, describe(shape), plain(node));
    return plain(node);
  }

  *#entries(node: Node | null, shape: Shape, path: string): Generator<[string, Node | null, Node]> {
    if (!isMap(node)) throw this.#wrong(node, path, describe(shape), plain(node));
    for (const { key, value } of node.items) yield [String(plain(key as Node)), value as Node | null, key as Node];
  }

  #wrong(node: Node | null, path: string, wanted: string, found: unknown): ClusterFileError {
    const what = found === null || found === undefined ? 'nothing' : oneLine(JSON.stringify(found), 60);
    return this.#error(node, `${path === '' ? 'the file' : `"${path}"`} must be ${wanted}; it is ${what}`);
  }

  #error(node: Node | null, message: string): ClusterFileError {
    const offset = node?.range?.[0] ?? this.#document.contents?.range?.[0] ?? 0;
    return new ClusterFileError(`${this.#file}:${this.#lines.linePos(offset).line}: ${message}`);
  }
}

function plain(node: Node | null): unknown {
  return node === null ? null : (node.toJSON() as unknown);
}

function inside(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function describe(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return shape.means ?? shape.oneOf?.map(each => `"${each}"`).join(' or ') ?? 'a text';
    case 'number':
      return shape.oneOf?.join(' or ') ?? `a number, ${shape.least ?? 0} or more`;
    case 'flag':
      return 'true or false';
    case 'list':
      return `a list, each item ${describe(shape.of)}`;
    case 'map':
      return `a map, each value ${describe(shape.of)}`;
    case 'fields':
      return `a map with ${Object.keys(shape.fields).join(', ')}`;
  }
}
