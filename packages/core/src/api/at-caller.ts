import { AktisError } from '../errors.ts';

type Entered = (...args: never[]) => unknown;

/**
 * An error about a call: its stack begins with whoever called `entered`, a function on the stack. Node prints the line
 * where the stack of an uncaught error begins, and that is to be a line of the user's.
 */
export function atCaller<E>(error: E, entered: Entered): E {
  if (error instanceof AktisError) Error.captureStackTrace(error, entered);
  return error;
}

/** What `check` makes of the input that `entered` was given; what it throws is an error about that call. */
export function checkedFor<In, Out>(entered: Entered, check: (input: In) => Out, input: In): Out {
  try {
    return check(input);
  } catch (error) {
    Error.captureStackTrace(error as Error, entered);
    throw error;
  }
}
