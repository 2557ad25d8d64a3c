// Draws the Mandelbrot set: every strip of the picture is a task, and all tasks share one large palette.
// Run it with `npx aktis run mandelbrot.ts`, or `… mandelbrot.ts 4000` for a picture 4000 pixels wide.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asCompleted, get, init, put, remote, shutdown } from 'aktis';
import { PNG } from 'pngjs';

/** A part of the complex plane and the picture of it. */
interface View {
  readonly left: number;
  readonly top: number;
  /** Width and height of one pixel. */
  readonly pixel: number;
  readonly width: number;
  readonly height: number;
}

interface Strip {
  readonly firstRow: number;
  /** Red, green, blue and opacity of each pixel. */
  readonly pixels: Uint8Array;
}

const MAX_ITERATIONS = 1000;
const COLOURS = 65_536;

const drawStrip = remote(function drawStrip(view: View, firstRow: number, rows: number, palette: Uint8Array): Strip {
  const pixels = new Uint8Array(rows * view.width * 4);
  for (let row = 0; row < rows; row++) {
    const y = view.top - (firstRow + row) * view.pixel;
    for (let column = 0; column < view.width; column++) {
      const colour = colourOf(view.left + column * view.pixel, y) * 4;
      pixels.set(palette.subarray(colour, colour + 4), (row * view.width + column) * 4);
    }
  }
  return { firstRow, pixels };
});

/** How fast z = z² + c runs away from 0, as the number of a colour; 0 where it never does. */
function colourOf(x: number, y: number): number {
  let zx = 0;
  let zy = 0;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const zx2 = zx * zx;
    const zy2 = zy * zy;
    if (zx2 + zy2 > 256) {
      // A fraction of an iteration, so that colours pass into each other without steps.
      const smooth = Math.max(0, iteration + 1 - Math.log2(Math.log2(zx2 + zy2) / 2));
      return 1 + Math.floor(Math.sqrt(smooth / MAX_ITERATIONS) * (COLOURS - 2));
    }
    zy = 2 * zx * zy + y;
    zx = zx2 - zy2 + x;
  }
  return 0;
}

function makePalette(): Uint8Array {
  const palette = new Uint8Array(COLOURS * 4);
  for (let i = 0; i < COLOURS; i++) {
    const angle = (i / COLOURS) * 40;
    const wave = (shift: number) => (i === 0 ? 0 : 127 + 127 * Math.sin(angle + shift));
    palette.set([wave(4.2), wave(4.8), wave(5.6), 255], i * 4);
  }
  return palette;
}

const width = Number(process.argv[2] ?? 1200);
const height = Math.round(width * 0.75);
const extent = 0.006;
const view: View = { left: -0.7483, top: 0.1328, pixel: extent / width, width, height };

await init();

// 256 KB, stored once in shared memory: each task gets a view of it, not a copy.
const palette = put(makePalette());

const start = performance.now();
const rows = 16;
const strips = [];
for (let row = 0; row < height; row += rows) {
  strips.push(drawStrip.remote(view, row, Math.min(rows, height - row), palette));
}

// Strips are pasted in whatever order they are finished.
const picture = new PNG({ width, height });
for await (const ref of asCompleted(strips)) {
  const { firstRow, pixels } = await get(ref);
  picture.data.set(pixels, firstRow * width * 4);
}
const time = performance.now() - start;
await shutdown();

const file = join(import.meta.dirname, 'out', 'mandelbrot.png');
mkdirSync(join(import.meta.dirname, 'out'), { recursive: true });
writeFileSync(file, PNG.sync.write(picture));
console.log(`${width} × ${height} pixels in ${strips.length} strips: ${(time / 1000).toFixed(2)} s`);
console.log(`Written to ${file}`);
