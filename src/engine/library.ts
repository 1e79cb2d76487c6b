// The library's folders: <home>/runs/<name>, and <home>/trash for what was removed. A run's id is its folder's name there, or the absolute
// path of a folder elsewhere.
import { KarstError } from '../base/errors.ts';
import { openRun, type RunFolder } from '../runs/run-folder.ts';
import type { EngineHost } from './engine-host.ts';

/** Letters of any script, digits and a few signs; no path, nothing hidden, nothing that a shell or a system would trip over. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._+=-]{0,118}$/u;

/** Run folders that stay open, the least lately used given back first. */
const KEPT_RUNS = 64;

export interface Library {
  readonly folderOf: (id: string) => string;
  readonly open: (id: string) => Promise<RunFolder>;
  /** Ids of the library's own runs. */
  readonly ids: () => Promise<readonly string[]>;
  readonly exists: (id: string) => Promise<boolean>;
  /** `wanted`, or `wanted-2` and so on where that is taken. */
  readonly freeName: (wanted: string) => Promise<string>;
  readonly trash: (id: string) => Promise<string>;
  readonly restore: (trashed: string) => Promise<string>;
}

/** `isConfined`: ids that are paths are refused, for callers that must not reach beyond the library. */
export function openLibrary(host: EngineHost, isConfined: boolean): Library {
  const home = host.files(host.home);

  function folderOf(id: string): string {
    if (host.isAbsolute(id)) {
      if (isConfined) throw new KarstError('refused', `only runs of the library can be reached from here, not ${id}`);
      return id;
    }
    checkName(id);
    return `${host.home}/runs/${id}`;
  }

  /** Kept open, since a run folder knows what it has read of its history. */
  const kept = new Map<string, RunFolder>();
  async function keptRun(folder: string): Promise<RunFolder> {
    const known = kept.get(folder);
    kept.delete(folder);
    if (known) await known.describe(); // it may be gone or damaged meanwhile
    const run = known ?? (await openRun(host.files(folder)));
    kept.set(folder, run);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_RUNS) break;
      kept.delete(oldest);
    }
    return run;
  }

  const exists = async (id: string): Promise<boolean> => (await host.files(folderOf(id)).facts('run.json')) !== undefined;

  return {
    folderOf,
    exists,
    async open(id) {
      const folder = folderOf(id);
      try {
        return await keptRun(folder);
      } catch (thrown) {
        if (!(thrown instanceof KarstError && thrown.code === 'not-found')) throw thrown;
        throw new KarstError('not-found', `there is no run ${host.isAbsolute(id) ? `in ${id}` : `"${id}" in the library`}`, {
          run: id,
        });
      }
    },
    async ids() {
      const found: string[] = [];
      for (const name of await home.list('runs')) if (NAME.test(name) && (await exists(name))) found.push(name);
      return found;
    },
    async freeName(wanted) {
      for (let n = 1; ; n++) {
        const name = n === 1 ? wanted : `${wanted}-${n}`;
        if (!(await home.facts(`runs/${name}`))) return name;
      }
    },
    async trash(id) {
      if (host.isAbsolute(id)) throw new KarstError('usage', `${id} is not in the library; remove its folder yourself`);
      checkName(id);
      if (!(await exists(id))) throw new KarstError('not-found', `there is no run "${id}" in the library`, { run: id });
      const stamp = host.now().toISOString().replace(/[:.]/g, '-');
      const trashed = `${stamp} ${id}`;
      await home.makeFolder('trash');
      await host.moveFolder(`${host.home}/runs/${id}`, `${host.home}/trash/${trashed}`);
      return trashed;
    },
    async restore(trashed) {
      const [, id] = /^\d{4}-\d\d-\d\dT[\d-]+Z (.+)$/.exec(trashed) ?? [];
      if (id === undefined || !NAME.test(id))
        throw new KarstError('usage', `"${trashed}" is not the name of something in the trash`);
      if (!(await home.facts(`trash/${trashed}`))) throw new KarstError('not-found', `"${trashed}" is not in the trash any more`);
      if (await home.facts(`runs/${id}`))
        throw new KarstError('exists', `there is another run "${id}" in the library now; rename it first`);
      await home.makeFolder('runs');
      await host.moveFolder(`${host.home}/trash/${trashed}`, `${host.home}/runs/${id}`);
      return id;
    },
  };
}

export function checkName(name: string): void {
  if (!NAME.test(name) || name.endsWith('.') || name.endsWith(' ')) {
    throw new KarstError(
      'usage',
      `a run's name is letters, digits, spaces and . _ + = -, at most 119, got ${JSON.stringify(name)}`,
    );
  }
}
