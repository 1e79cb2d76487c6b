// What the sample-grid dialog asks of the engine: no setting that has no meaning for the kind of grid, and none that another run had.
import { afterEach, expect, it } from 'vitest';
import { GridDialog } from '../../renderer/state/grid-dialog.svelte.ts';
import { stage, until, type Stage } from './stage.ts';

let open: Stage | undefined;
afterEach(() => open?.connection.close());

it('asks for temperature and truncation of draws alone, and forgets weights and view with the run', async () => {
  open = stage();
  const { connection } = open;
  const look = { dark: true };
  const grid = new GridDialog(connection, look, { rows: Int32Array.of(4, 9) });
  connection.start();
  await until(() => connection.state === 'connected', 'the connection');
  const asked: Record<string, unknown>[] = [];
  Object.assign(connection.client, {
    grid: (request: Record<string, unknown>) => {
      asked.push(request);
      return Promise.reject(new Error('not now'));
    },
  });
  grid.open('digits-plain');
  [grid.temperature, grid.truncation, grid.weights, grid.view] = [0.7, 2, 'raw', 'together'];
  await grid.save();
  expect(asked.at(-1)).toMatchObject({
    kind: 'prior',
    temperature: 0.7,
    truncation: 2,
    weights: 'raw',
    view: 'together',
    theme: 'dark',
    save: true,
  });
  grid.truncation = undefined;
  await grid.save();
  expect(asked.at(-1)).not.toHaveProperty('truncation');
  grid.kind = 'traversal';
  await grid.save();
  expect(asked.at(-1)).not.toHaveProperty('temperature');
  expect(asked.at(-1)).toMatchObject({ weights: 'raw' });
  grid.open('digits-cyclic');
  await grid.save();
  expect(asked.at(-1)).toMatchObject({ run: 'digits-cyclic', weights: 'average', view: 'cells' });
  grid.chosenTheme = 'light';
  await grid.save();
  expect(asked.at(-1)).toMatchObject({ theme: 'light' });
  // The rows drawn around, where the kind starts from rows.
  expect(asked.at(-1)).not.toHaveProperty('among');
  grid.open('digits-cyclic', 'reconstruction');
  await grid.save();
  expect(asked.at(-1)).toMatchObject({ kind: 'reconstruction', among: Int32Array.of(4, 9) });
  grid.kind = 'prior';
  await grid.save();
  expect(asked.at(-1)).not.toHaveProperty('among');
  grid.open('digits-cyclic');
  grid.kind = 'corners';
  await grid.save();
  expect(asked.at(-1)).not.toHaveProperty('among');
  grid.close();
});
