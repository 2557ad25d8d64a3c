import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';

/** The worker's container could not give what a class asks for. */
export class InjectionError extends AktisError {
  static override readonly code = 'ERR_AKTIS_INJECTION';
}
branded(InjectionError);

/** For whoever forgot, or misspelt, a registration. */
export function notInjectable(what: string, cause?: unknown): InjectionError {
  const reason =
    cause === undefined ? 'nothing is registered for it in the container of this worker' : messageOf(cause);
  return new InjectionError(
    `${what}: ${reason}. Register providers in a module that every worker imports: ` +
      "init({ runtimeEnv: { setup: import.meta.resolve('./container.js') } })",
    cause === undefined ? undefined : { cause },
  );
}

export function describeToken(token: unknown): string {
  if (typeof token === 'function') return token.name;
  return typeof token === 'string' ? `'${token}'` : String(token);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
