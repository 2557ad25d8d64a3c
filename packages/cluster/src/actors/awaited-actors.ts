/**
 * Actors that this node is about to inherit. The control store says that it owns them before it has been told so: who has
 * read that may ask for them already.
 */
export class AwaitedActors {
  readonly #thens = new Map<number, (() => void)[]>();

  /** Returns what is to be called when the actor with this id is here, or will not come. */
  expect(id: number): () => void {
    const thens: (() => void)[] = [];
    this.#thens.set(id, thens);
    return () => {
      this.#thens.delete(id);
      for (const then of thens) then();
    };
  }

  /** Calls `then` at once, unless that actor is expected. */
  whenHere(id: number, then: () => void): void {
    const thens = this.#thens.get(id);
    if (thens === undefined) then();
    else thens.push(then);
  }
}
