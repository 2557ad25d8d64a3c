import { setImmediate } from 'node:timers';
import type { CloseReason, Intake, Link, Message } from '@aktis/transport';
import type { Wire } from '../wire.ts';
import { Lifeline } from './lifeline.ts';

/** The wires of one node: to each other node they can be cut. */
export class TestWire implements Wire {
  readonly #life: Lifeline;
  readonly #links = new Map<string, Set<HeldLink>>();
  readonly #cut = new Set<string>();

  constructor(life = new Lifeline()) {
    this.#life = life;
  }

  dial(nodeId: string): void {
    if (this.#cut.has(nodeId)) throw new Error('the network between them is cut by a test');
    if (this.#life.state === 'ended') throw new Error('this node was killed by a test');
  }

  through(link: Link, nodeId: string): Link {
    const held = new HeldLink(link, this.#life, () => this.#links.get(nodeId)?.delete(held));
    let links = this.#links.get(nodeId);
    if (links === undefined) this.#links.set(nodeId, (links = new Set()));
    links.add(held);
    // Whoever gets it sets its handlers in this turn: behind any number of promises.
    if (this.#cut.has(nodeId) || this.#life.state === 'ended') setImmediate(() => held.cut());
    return held;
  }

  /** Links to that node break, and none can be made until `heal`. */
  cut(nodeId: string): void {
    this.#cut.add(nodeId);
    this.lose(nodeId);
  }

  heal(): void {
    this.#cut.clear();
  }

  /** Links to that node break. */
  lose(nodeId: string): void {
    for (const link of this.#links.get(nodeId) ?? []) link.cut();
  }

  loseAll(): void {
    for (const nodeId of this.#links.keys()) this.lose(nodeId);
  }
}

/** A link that waits while its process is frozen, and breaks when a test says so. */
class HeldLink implements Link {
  onMessages: (batch: readonly Message[]) => void = () => {};
  onClose: (reason: CloseReason) => void = () => {};
  onDrain: () => void = () => {};
  intakeFor?: (message: Message, bytes: number) => Intake | undefined;
  readonly #link: Link;
  readonly #life: Lifeline;
  readonly #over: () => void;
  #isCut = false;

  constructor(link: Link, life: Lifeline, over: () => void) {
    this.#link = link;
    this.#life = life;
    this.#over = over;
    link.onMessages = batch => this.#receive(() => this.onMessages(batch));
    link.intakeFor = (message, bytes) => this.#intakeFor(message, bytes);
    link.onDrain = () => this.#receive(() => this.onDrain());
    link.onClose = reason => {
      this.#receive(() => this.onClose(reason));
      over();
    };
  }

  get full(): boolean {
    return this.#link.full;
  }

  send(message: Message): void {
    if (this.#life.state === 'running') this.#link.send(message);
    else this.#receive(() => this.#link.send(message));
  }

  flush(): void {
    if (this.#life.state === 'running') this.#link.flush();
  }

  close(reason?: string): void {
    if (this.#life.state === 'running') this.#link.close(reason);
    else this.#receive(() => this.#link.close(reason));
  }

  /** As when a cable is cut: what was under way is lost. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#over();
    this.#link.close('a test cut the network');
    queueMicrotask(() => this.#life.receive(() => this.onClose({ message: 'the network was cut', expected: false })));
  }

  #intakeFor(message: Message, bytes: number): Intake | undefined {
    if (this.#isCut || this.#life.state !== 'running') return undefined;
    const intake = this.intakeFor?.(message, bytes);
    if (intake === undefined) return undefined;
    return piece => {
      const kept = this.#life.state === 'running' ? piece : Uint8Array.from(piece);
      this.#receive(() => intake(kept));
    };
  }

  #receive(action: () => void): void {
    if (this.#isCut) return;
    this.#life.receive(() => {
      if (!this.#isCut) action();
    });
  }
}
