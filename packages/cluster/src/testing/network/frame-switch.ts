/** Whom a frame is for, and in how many milliseconds. */
export interface Delivery {
  readonly from: number;
  readonly to: number;
  readonly delay: number;
}

const VXLAN_HEADER = 8;
/** Where the header names the host (VXLAN calls it the network's identifier). */
const HOST_AT = 4;
const ETHER_TYPE_AT = VXLAN_HEADER + 12;
/** What else systems say unasked is left out. */
const IPV4 = 0x0800;

/** The wires between hosts, which are numbered from 1 to 254: who hears what from whom, and how late. */
export class FrameSwitch {
  readonly #cut = new Set<string>();
  readonly #delays = new Map<string, number>();

  /** Nothing passes between these two, in neither direction, and nobody is told. */
  cut(one: number, other: number): void {
    this.#cut.add(between(one, other));
  }

  heal(): void {
    this.#cut.clear();
  }

  /** What passes between these two takes so long, in each direction. */
  delay(one: number, other: number, milliseconds: number): void {
    this.#delays.set(between(one, other), milliseconds);
  }

  isCut(one: number, other: number): boolean {
    return this.#cut.has(between(one, other));
  }

  /** Where a frame goes; undefined: nowhere. */
  delivery(frame: Buffer): Delivery | undefined {
    if (frame.length < ETHER_TYPE_AT + 2 || frame.readUInt16BE(ETHER_TYPE_AT) !== IPV4) return undefined;
    const from = frame.readUIntBE(HOST_AT, 3);
    const to = frame[VXLAN_HEADER + 5] as number;
    if (this.isCut(from, to)) return undefined;
    return { from, to, delay: this.#delays.get(between(from, to)) ?? 0 };
  }
}

/** The hardware address of a host ends with its number. */
export function hardwareAddress(host: number): string {
  return `02:a7:15:00:00:${host.toString(16).padStart(2, '0')}`;
}

/** From here on it is the frame that the host `to` takes. */
export function readdress(frame: Buffer, to: number): void {
  frame.writeUIntBE(to, HOST_AT, 3);
}

function between(one: number, other: number): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
