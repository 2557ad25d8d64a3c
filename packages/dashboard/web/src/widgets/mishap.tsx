import { Component, type ComponentChildren } from 'preact';
import { messageOf } from '../data/api.ts';
import { Empty } from './messages.tsx';
import { PageFrame } from './page.tsx';

/** Keeps a page that cannot be drawn from taking the others with it. */
export class Mishap extends Component<{ children: ComponentChildren }, { error?: unknown }> {
  static override getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render() {
    if (!('error' in this.state)) return this.props.children;
    return (
      <PageFrame title="This page failed">
        <Empty title={messageOf(this.state.error)}>
          That is a mistake in the dashboard. The other pages work; the browser's console says where it happened.
        </Empty>
      </PageFrame>
    );
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }
}
