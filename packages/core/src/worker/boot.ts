import { getHeapStatistics } from 'node:v8';
import { connectToHost, dataFromHost } from '@aktis/transport';
import { enterWorker } from '../current-runtime.ts';
import { captureOutput } from './capture-output.ts';
import type { WorkerControl } from './control.ts';
import { WORKER_CONDITION } from './worker-condition.ts';
import type { WorkerData } from './worker-data.ts';
import { WorkerRuntime } from './worker-runtime.ts';

// The first module of every worker thread.
process.execArgv = process.execArgv.filter(flag => flag !== WORKER_CONDITION);
const data = dataFromHost() as WorkerData;
for (const module of data.plugins) await import(module);
const { link, expose } = connectToHost<WorkerControl>();
const runtime = new WorkerRuntime(data, link);
enterWorker(runtime);
captureOutput(runtime);
expose({ ping: () => {}, heap: getHeapStatistics });
// Results that are on their way out must not die with the thread that process.exit or an exception ends.
process.on('exit', () => link.flush());
runtime.start();
