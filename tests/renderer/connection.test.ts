import { afterEach, describe, expect, it } from 'vitest';
import { KarstError } from '../../src/base/errors.ts';
import { stage, until, type Stage } from './stage.ts';

let open: Stage | undefined;
afterEach(() => open?.connection.close());

describe('the connection', () => {
  it('calls the engine once it is there, and says that it is', async () => {
    open = stage();
    const { connection } = open;
    expect(connection.state).toBe('connecting');
    await expect(connection.client.runs({})).rejects.toMatchObject({ code: 'disconnected' });
    connection.start();
    await until(() => connection.state === 'connected');
    expect(await connection.client.runs({})).toHaveLength(3);
  });

  it('dials again by itself after a cut, and tells whoever shows something', async () => {
    open = stage();
    const { connection, dials, cut } = open;
    let told = 0;
    connection.onConnected(() => told++);
    connection.start();
    await until(() => told === 1);
    cut();
    await until(() => connection.state === 'lost');
    await until(() => told === 2, 'the second line');
    expect(dials.count).toBe(2);
    expect(connection.state).toBe('connected');
  });

  it('waits longer after each failure, says why, and tries at once when asked', async () => {
    open = stage();
    const { connection, dials } = open;
    dials.isRefused = true;
    connection.start();
    await until(() => connection.attempts === 1);
    expect(connection.reason).toMatchObject({ code: 'disconnected', message: 'The server does not answer.' });
    await until(() => connection.attempts === 2);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(dials.count).toBe(2); // the second wait is longer than the first
    dials.isRefused = false;
    connection.retryNow();
    await until(() => connection.state === 'connected');
    expect(connection.reason).toBeUndefined();
    expect(connection.attempts).toBe(0);
  });

  it('rejects what was pending when the line broke', async () => {
    open = stage();
    const { connection, cut } = open;
    connection.start();
    await until(() => connection.state === 'connected');
    const pending = connection.client.openDataset({ path: '/somewhere' });
    cut();
    await expect(pending).rejects.toBeInstanceOf(KarstError);
    await expect(pending).rejects.toMatchObject({ code: 'disconnected' });
  });
});
