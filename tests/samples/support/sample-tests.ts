import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const samples = fileURLToPath(new URL('../../../samples/', import.meta.url));

export interface Output {
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Runs a sample with `aktis run`. Rejects, with what was printed, unless it ends with exit code 0. */
export type RunSample = (name: string, ...args: string[]) => Promise<Output>;

/** Whether the lines are these, one by one; numbers and words that vary are left open by patterns. */
function expectLines(output: Output, expected: readonly (string | RegExp)[]): void {
  expect(output.lines).toEqual(
    expected.map(line => (typeof line === 'string' ? line : expect.stringMatching(line))) as string[],
  );
}

function numberIn(text: string | undefined, pattern: RegExp): number {
  return Number(pattern.exec(text ?? '')?.[1]);
}

/** The samples do the same on one machine and on a cluster. */
export function sampleTests(runSample: RunSample): void {
  test('the quick tour takes its fourteen steps', async () => {
    const output = await runSample('quick-tour.ts');
    expect(output.stderr).toBe('');
    expectLines(output, [
      /^ 1 {2}init +\d+ CPUs$/,
      / 2 {2}a task +add\.remote\(1, 2\) = 3$/,
      / 3 {2}a ref as an argument +add\.remote\(add\.remote\(1, 2\), 4\) = 7$/,
      / 4 {2}put +sum\.remote\(numbers\) = 6$/,
      / 5 {2}objects are immutable +my copy: 1,2,3,1000; the object: 1,2,3$/,
      / 6 {2}two returns +17 \/ 5 = 3, remainder 2$/,
      / 7 {2}cancel +TaskCancelledError, as it should be$/,
      / 8 {2}wait +ready: fast,middle; still pending: 1$/,
      / 9 {2}an actor +10 \+ 1 \+ 1 \+ 1 = 13$/,
      /^10 {2}the wrapper form +Hello, world!$/,
      /^11 {2}one actor or several +4 calls of 100 ms: \d+ ms on one actor, \d+ ms on four$/,
      /^12 {2}a method with two returns +17 and 289$/,
      /^13 {2}CPUs of an actor +free: \d+; beside a Model: \d+; beside a Model of 1 CPU: \d+$/,
      /^14 {2}a pipeline +\d+ ms waiting for all, \d+ ms as they come: \d\.\d times as fast$/,
    ]);
    const [, , , , , , , , , , parallel, , cpus, pipeline] = output.lines;
    expect(numberIn(parallel, /(\d+) ms on one actor/)).toBeGreaterThan(numberIn(parallel, /(\d+) ms on four/));
    const free = numberIn(cpus, /free: (\d+)/);
    expect(numberIn(cpus, /a Model: (\d+)/)).toBe(free - 2);
    expect(numberIn(cpus, /1 CPU: (\d+)/)).toBe(free - 1);
    expect(numberIn(pipeline, /(\d\.\d) times/)).toBeGreaterThan(1);
  });

  test('the word statistics count the words of Moby Dick', async () => {
    const output = await runSample('word-statistics.ts', '20');
    // What a word is differs a little between versions of Unicode, and thereby of Node.
    expect(output.lines[0]).toMatch(
      /^Moby Dick, 20 chapters: 37,\d{3} words, 6,\d{3} of them different, 1\d\.\d words per sentence$/,
    );
    expect(output.lines).toContainEqual(expect.stringMatching(/│ 1 +│ the +│ [\d,]+ +│ [a-z]{5,} +│ \d+ +│/));
    expect(output.lines).toContainEqual(expect.stringMatching(/│ 1 +│ \d+\.\d\d s +│ 1\.00 +│/));
    for (const line of output.stderr.trimEnd().split('\n')) {
      expect(line).toMatch(/^counting words, CPUs: \d+: \d+\/20 \(\d+ %\)$/);
    }
  });

  test('the Mandelbrot set is drawn into a PNG file', async () => {
    const started = Date.now();
    const output = await runSample('mandelbrot.ts', '320');
    expect(output.stderr).toBe('');
    const file = join(samples, 'out', 'mandelbrot.png');
    expectLines(output, [/^320 × 240 pixels in 15 strips: \d+\.\d\d s$/, `Written to ${file}`]);
    expect((await stat(file)).mtimeMs).toBeGreaterThan(started - 1000);
    const bytes = await readFile(file);
    expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([320, 240]);
    // A picture of one colour would be a few hundred bytes.
    expect(bytes.length).toBeGreaterThan(50_000);
  });

  test('the parameter server learns to read digits', async () => {
    const output = await runSample('parameter-server.ts');
    expect(output.stderr).toBe('');
    expectLines(output, [
      '8000 images to learn from, 2000 others to test with',
      ...Array.from({ length: 10 }, () => /^ *\d+\.\d s {2}\d+\.\d % {2}█+$/),
    ]);
    const last = output.lines.at(-1);
    expect(numberIn(last, /([\d.]+) %/)).toBeGreaterThan(85);
  });

  test('actors get what they need injected', async () => {
    const output = await runSample('dependency-injection.ts');
    expect(output.stderr).toBe('');
    expectLines(output, ['Corner shop: 27.00 USD', '100 GBP are 119.05 EUR', 'In a test: 50.00 GOLD']);
  });

  test('a stream is produced as it is consumed, and ends with its consumer', async () => {
    const output = await runSample('streaming.ts');
    expect(output.stderr).toBe('');
    const items = output.lines.filter(line => line.startsWith('item'));
    expect(items).toHaveLength(6);
    // Two items may lie around, so the sixth is made after the fourth was taken, which was after the third was used up.
    expect(numberIn(items[5], /made at +(\d+) ms/)).toBeGreaterThanOrEqual(numberIn(items[2], /used at +(\d+) ms/));
    expect(output.lines).toContainEqual(
      expect.stringMatching(/^\(measurements .*\) nobody wants more: the producer ends$/),
    );
    expect(output.lines.at(-1)).toMatch(/^the CPU of the producer is free again: (\d+) of \1$/);
  });

  test('an actor that died comes back', async () => {
    const output = await runSample('supervised-actor.ts');
    expect(output.stderr).toBe('');
    expectLines(output, [
      /^before: +{ balance: 150, wasRestarted: false }$/,
      /^after kill: +{ balance: 100, wasRestarted: true }$/,
      /^the call that crashed: ActorUnavailableError$/,
      /^after the crash: +{ balance: 100, wasRestarted: true }$/,
      /^with maxTaskRetries: +done at the second attempt$/,
      /^after the last kill: +ActorDiedError$/,
    ]);
  });
}
