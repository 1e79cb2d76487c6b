// Programs of one state that are opened together and end together, with whatever else is opened beside them.
import type { Device, DeviceState, Executable } from './device.ts';
import type { Program } from './program.ts';

interface Disposable {
  dispose(): void;
}

export interface Loading {
  /** Loads a program; it ends with the others. */
  readonly load: (program: Program) => Promise<Executable>;
  /** Lets `one` end with the others. */
  readonly keep: <One extends Disposable>(one: One) => One;
  /** Ends all of them; again, it does nothing. */
  readonly dispose: () => void;
}

export function openLoading(device: Device, state: DeviceState): Loading {
  const open: Disposable[] = [];
  const keep = <One extends Disposable>(one: One): One => {
    open.push(one);
    return one;
  };
  return {
    load: async (program) => keep(await device.load(program, state)),
    keep,
    dispose: () => open.splice(0).forEach((one) => one.dispose()),
  };
}
