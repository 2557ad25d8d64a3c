import type { Clock } from '../clock.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A process that can be stopped (SIGSTOP), continued and killed. Its clocks start anywhere, as on another machine. */
export class SimulatedProcess implements Clock {
  readonly #time: VirtualTime;
  readonly #offset: number;
  readonly #wallOffset: number;
  /** What came while it was stopped. */
  readonly #backlog: (() => void)[] = [];
  state: 'running' | 'stopped' | 'killed' = 'running';

  constructor(time: VirtualTime, random: () => number) {
    this.#time = time;
    this.#offset = random() * 1e9;
    this.#wallOffset = 1.8e12 + random() * 1e9;
  }

  now(): number {
    return this.#time.now + this.#offset;
  }

  wallTime(): number {
    return this.#time.now + this.#wallOffset;
  }

  after(milliseconds: number, callback: () => void): void {
    this.#time.after(milliseconds, () => this.receive(callback));
  }

  /** Something for it has come: it is dealt with now, or when the process is continued. */
  receive(callback: () => void): void {
    if (this.state === 'running') callback();
    else if (this.state === 'stopped') this.#backlog.push(callback);
  }

  stop(): void {
    if (this.state === 'running') this.state = 'stopped';
  }

  continue(): void {
    if (this.state !== 'stopped') return;
    this.state = 'running';
    for (const callback of this.#backlog.splice(0)) this.after(0, callback);
  }

  kill(): void {
    this.state = 'killed';
    this.#backlog.length = 0;
  }
}
