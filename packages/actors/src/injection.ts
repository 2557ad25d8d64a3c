export function construct(Class: new (...a: unknown[]) => object, args: unknown[]): object {
  return new Class(...args);
}
