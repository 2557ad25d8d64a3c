// The thread in which histories are written and read: SQLite does what it is asked before it returns, and nobody shall
// wait for a disk.
import { parentPort, workerData } from 'node:worker_threads';
import type { HistoryBatch } from './history-batch.ts';
import { HistoryShelf } from './history-shelf.ts';
import { SessionWriter } from './session-writer.ts';
import type { HistoryAnswer, HistoryRequest, HistorySettings } from './thread-messages.ts';

const DAY_MS = 86_400_000;
const TIDY_EVERY_MS = 600_000;

const { directory, days, maxBytes } = workerData as HistorySettings;
const shelf = new HistoryShelf(directory);
let writer: SessionWriter | undefined;
let tidiedAt = 0;

parentPort?.on('message', ([id, request]: [number, HistoryRequest]) => {
  parentPort?.postMessage([id, answer(request)]);
  if (request.type === 'close') parentPort?.close();
});

function answer(request: HistoryRequest): HistoryAnswer {
  try {
    return { value: act(request) };
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    return { error: message, ...(typeof code === 'string' && { code }) };
  }
}

function act(request: HistoryRequest): unknown {
  switch (request.type) {
    case 'begin':
      writer = new SessionWriter(directory, request.facts, maxBytes);
      shelf.own = writer.database;
      return writer.path;
    case 'write':
      writer?.write(JSON.parse(request.batch) as HistoryBatch);
      return tidy();
    case 'end':
      return writer?.end(request.at);
    case 'sessions':
      return shelf.list();
    case 'session':
      return shelf.session(request.sessionId);
    case 'ask':
      return shelf.ask(request.sessionId, request.question, request.value);
    case 'close':
      shelf.close();
      return writer?.close();
  }
}

/** Only sessions that are kept make room: who merely reads, deletes nothing. */
function tidy(): void {
  const now = Date.now();
  if (now - tidiedAt < TIDY_EVERY_MS) return;
  tidiedAt = now;
  shelf.tidy(now - days * DAY_MS, maxBytes);
}
