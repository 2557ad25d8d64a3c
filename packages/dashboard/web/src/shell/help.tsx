import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { SECTIONS } from './sections.ts';

export const isHelpOpen = signal(false);

const KEYS: readonly (readonly [string, string])[] = [
  ['Search this page', '/'],
  ['Load again', 'r'],
  ['Dark or light', 'd'],
  ['Row down, up', 'j k'],
  ['Open row', 'Enter'],
  ['Back', 'u'],
  ['This list', '?'],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isHelpOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const keys = [...KEYS, ...SECTIONS.map(({ title, key }): [string, string] => [title, `g ${key}`])];
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={() => (isHelpOpen.value = false)}>
      <h2 id="help-title">Keyboard shortcuts</h2>
      <dl class="keys">
        {keys.map(([what, key]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {key.split(' ').map(one => (
                <>
                  <kbd key={one}>{one}</kbd>{' '}
                </>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet" style={{ marginTop: '14px' }}>
        Escape closes this list.
      </p>
    </dialog>
  );
}
