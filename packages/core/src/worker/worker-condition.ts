/**
 * The flag of worker threads by which Node takes, of the entries in `exports` of our packages, those that leave out the hub.
 * A forked process knows nothing of it, as it may be a driver.
 */
export const WORKER_CONDITION = '--conditions=aktis-worker';
