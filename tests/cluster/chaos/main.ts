// npm run chaos -- --seeds 10 --seconds 30 [--first 1] [--inside] [--only tasks]
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '30' },
    first: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    inside: { type: 'boolean', default: false },
  },
});
const first = Number(values.first);
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);

console.log('seed │ right results │ allowed failures │ kills │ freezes │ server │ parted │ faults');
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const { checked, allowed, faults, log } = await chaos({
    seed,
    seconds: Number(values.seconds),
    inside: values.inside,
    ...(values.only && { only: values.only }),
  });
  const done = (what: RegExp) => String(log.filter(line => what.test(line)).length);
  const cells = [
    String(seed).padStart(4),
    String(sum(checked)).padStart(13),
    String(sum(allowed)).padStart(16),
    done(/s kill node/).padStart(5),
    done(/freeze/).padStart(7),
    done(/kill the server/).padStart(6),
    done(/part /).padStart(6),
    String(faults.length).padStart(6),
  ];
  console.log(cells.join(' │ '));
  if (faults.length === 0) continue;
  process.exitCode = 1;
  console.log([...faults, JSON.stringify({ checked, allowed }), ...log].map(line => `     ${line}`).join('\n'));
}
