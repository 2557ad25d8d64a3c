import { useEffect, useRef, useState } from 'preact/hooks';
import type { JobSubmitted } from '../../../src/api-types.ts';
import { ask, messageOf, send } from '../data/api.ts';
import { go, href } from '../route.ts';
import { Failure } from '../widgets/messages.tsx';

/** Opens the form in which a program is submitted. */
export function SubmitButton() {
  const [isOpen, setIsOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <>
      <button type="button" onClick={() => setIsOpen(true)}>
        Submit a job
      </button>
      <dialog ref={dialog} aria-labelledby="submit-title" onClose={() => setIsOpen(false)}>
        {isOpen && <SubmitForm onCancel={() => setIsOpen(false)} />}
      </dialog>
    </>
  );
}

function SubmitForm({ onCancel }: { onCancel: () => void }) {
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState<string | undefined>(undefined);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    setFailure(undefined);
    try {
      const file = given.get('package') as File;
      const variables = parseVariables(String(given.get('env')));
      setBusy(file.size > 0 ? 'Sending the working directory…' : 'Submitting…');
      const directory = file.size > 0 ? await upload(file) : String(given.get('directory')).trim();
      const { submission_id: id } = await ask<JobSubmitted>('jobs/', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          entrypoint: given.get('entrypoint'),
          runtime_env: { env_vars: variables, ...(directory && { working_dir: directory }) },
        }),
      });
      go(href('jobs', id));
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(undefined);
    }
  };

  return (
    <form class="form" onSubmit={submit}>
      <h2 id="submit-title">Submit a job</h2>
      <label>
        Command
        <input name="entrypoint" required placeholder="npx aktis run train.ts" autocomplete="off" />
      </label>
      <label>
        Folder of the head's machine
        <input name="directory" placeholder="where the head was started" autocomplete="off" />
      </label>
      <label>
        Or a working directory to send, as a .zip file of 100 MB at most
        <input name="package" type="file" accept=".zip,application/zip" />
      </label>
      <label>
        Environment, one NAME=value per line
        <textarea name="env" rows={3} />
      </label>
      {failure && <Failure>{failure}</Failure>}
      <div class="buttons">
        <span class="quiet" role="status">
          {busy}
        </span>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" disabled={busy !== undefined}>
          Submit
        </button>
      </div>
    </form>
  );
}

/** Under a name that says what is in it, so that the same one is sent once. */
async function upload(file: File): Promise<string> {
  const content = await file.arrayBuffer();
  // Browsers hash only on pages that nobody on the way can have changed.
  const name =
    crypto.subtle === undefined ? crypto.getRandomValues(new Uint32Array(4)).join('') : await hashOf(content);
  const path = `packages/gcs/${name}.zip`;
  const isThere = await send(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await send(path, { method: 'PUT', headers: { 'content-type': 'application/zip' }, body: content });
  return `gcs://${name}.zip`;
}

async function hashOf(content: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return [...hash].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

function parseVariables(text: string): Record<string, string> {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  return Object.fromEntries(
    lines.map(line => {
      const at = line.indexOf('=');
      if (at <= 0) throw new Error(`Write NAME=value rather than '${line}'.`);
      return [line.slice(0, at).trim(), line.slice(at + 1)];
    }),
  );
}
