import { FrameSwitch, hardwareAddress, readdress } from './frame-switch.ts';

function frame(from: number, to: number, etherType = 0x0800): Buffer {
  const header = Buffer.from([8, 0, 0, 0, 0, 0, from, 0]);
  const addresses = [to, from].map(host => Buffer.from(hardwareAddress(host).replaceAll(':', ''), 'hex'));
  const type = Buffer.alloc(2);
  type.writeUInt16BE(etherType);
  return Buffer.concat([header, ...addresses, type, Buffer.from('content')]);
}

test('a frame goes to the host it is for, from whom the kernel says', () => {
  expect(new FrameSwitch().delivery(frame(1, 254))).toEqual({ from: 1, to: 254, delay: 0 });
});

test('what is not IPv4, or no frame at all, goes nowhere', () => {
  const wires = new FrameSwitch();
  expect(wires.delivery(frame(1, 2, 0x86dd))).toBeUndefined();
  expect(wires.delivery(Buffer.from('short'))).toBeUndefined();
});

test('a cut pair hears nothing of each other until it is healed; everybody else does', () => {
  const wires = new FrameSwitch();
  wires.cut(2, 1);
  expect(wires.delivery(frame(1, 2))).toBeUndefined();
  expect(wires.delivery(frame(2, 1))).toBeUndefined();
  expect(wires.delivery(frame(1, 3))).toBeDefined();
  expect([wires.isCut(1, 2), wires.isCut(1, 3)]).toEqual([true, false]);
  wires.heal();
  expect(wires.delivery(frame(1, 2))).toBeDefined();
});

test('what passes between two hosts takes as long as was said, in both directions; a cut changes nothing about that', () => {
  const wires = new FrameSwitch();
  wires.delay(1, 2, 50);
  wires.cut(1, 2);
  wires.heal();
  expect(wires.delivery(frame(2, 1))?.delay).toBe(50);
  expect(wires.delivery(frame(1, 2))?.delay).toBe(50);
  expect(wires.delivery(frame(1, 3))?.delay).toBe(0);
  wires.delay(2, 1, 0);
  expect(wires.delivery(frame(2, 1))?.delay).toBe(0);
});

test('a frame that is readdressed is otherwise as it was', () => {
  const sent = frame(1, 200);
  const before = Buffer.from(sent);
  readdress(sent, 200);
  expect(sent.readUIntBE(4, 3)).toBe(200);
  expect(Buffer.concat([before.subarray(0, 4), before.subarray(7)])).toEqual(
    Buffer.concat([sent.subarray(0, 4), sent.subarray(7)]),
  );
});
