/** `worker-3`: a worker's id is its node's prefix, its number and zeros. */
export function workerName(workerId: string): string {
  return `worker-${Number.parseInt(workerId.slice(8, 14), 16)}`;
}
