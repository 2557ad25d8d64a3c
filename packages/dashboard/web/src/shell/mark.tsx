/** The sign of Aktis: a point, and its rays. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" fill="none" stroke="var(--accent-fill)" stroke-width="3">
      <path
        stroke-linecap="round"
        d="M16 3v5M16 24v5M3 16h5M24 16h5M6.8 6.8l3.5 3.5M21.7 21.7l3.5 3.5M6.8 25.2l3.5-3.5M21.7 10.3l3.5-3.5"
      />
      <circle cx="16" cy="16" r="4.5" fill="var(--accent-fill)" stroke="none" />
    </svg>
  );
}
