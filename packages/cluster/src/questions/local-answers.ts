import { AktisError, type Asker, type Node, type Question } from '@aktis/core';

/** Not a driver, and no code in a worker: another node, or a command. */
const NOBODY: Asker = { thread: null, task: null };

/** What this node answers for itself alone, also to questions that it answers for the whole cluster when a driver asks. */
export class LocalAnswers {
  readonly #node: Node;
  readonly #replaced = new Map<string, Question>();

  constructor(node: Node) {
    this.#node = node;
  }

  /** Rejects when the question is not known. */
  async of(question: string, value: unknown): Promise<unknown> {
    const answer = this.#replaced.get(question) ?? this.#node.questions.get(question);
    if (answer === undefined) throw new AktisError(`Nodes of this version do not know the question '${question}'`);
    return answer(value as never, NOBODY);
  }

  /** From now on drivers and workers that ask this are answered by `forAll`, other nodes as before. */
  replace(question: string, forAll: Question): void {
    const own = this.#node.questions.get(question);
    if (own !== undefined) this.#replaced.set(question, own);
    this.#node.questions.set(question, forAll);
  }
}
