import { describe, expect, it } from 'vitest';
import { Call } from '../../renderer/state/call.svelte.ts';
import { KarstError } from '../../src/base/errors.ts';

const later = (value: number, milliseconds: number, signal?: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    setTimeout(() => resolve(value), milliseconds);
    signal?.addEventListener('abort', () => reject(new KarstError('cancelled', 'cancelled')));
  });

describe('a call', () => {
  it('gives the newest result only', async () => {
    const call = new Call();
    const first = call.run(({ signal }) => later(1, 30, signal));
    const second = call.run(({ signal }) => later(2, 5, signal));
    expect(call.running).toBe(true);
    expect(await Promise.all([first, second])).toEqual([undefined, 2]);
    expect(call.running).toBe(false);
    expect(call.error).toBeUndefined();
  });

  it('tells how far it is, and can be taken back without an error', async () => {
    const call = new Call();
    const running = call.run(({ signal, onProgress }) => {
      onProgress?.({ fraction: 0.5, text: 'half' });
      return later(1, 1000, signal);
    });
    expect(call.progress).toEqual({ fraction: 0.5, text: 'half' });
    call.cancel();
    expect(await running).toBeUndefined();
    expect(call).toMatchObject({ running: false, error: undefined, progress: undefined });
  });

  it('keeps the error of the engine until the next attempt', async () => {
    const call = new Call();
    const failing = (): Promise<never> => Promise.reject(new KarstError('not-found', 'no file at “x”'));
    expect(await call.run(failing)).toBeUndefined();
    expect(call.error).toMatchObject({ code: 'not-found', message: 'no file at “x”' });
    expect(await call.run(() => Promise.resolve(3))).toBe(3);
    expect(call.error).toBeUndefined();
  });

  it('leaves a lost connection to the banner when it will be asked again anyway', async () => {
    const lost = (): Promise<never> => Promise.reject(new KarstError('disconnected', 'gone'));
    const [read, action] = [new Call('read'), new Call()];
    await Promise.all([read.run(lost), action.run(lost)]);
    expect(read.error).toBeUndefined();
    expect(action.error?.code).toBe('disconnected');
  });
});
