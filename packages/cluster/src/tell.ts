/** Calls a listener; what it throws becomes a warning, because the store has nobody else to tell. */
export function tell(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
