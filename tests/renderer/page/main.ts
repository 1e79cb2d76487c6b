// The real page on the fake engine, joined by the real RPC. `?live` lets the training run, `?empty` starts with nothing, `?plane` has vectors
// for data. `window.fake.cut()` breaks the line as a dying server does; `window.fake.refuse` keeps it broken.
import '@fontsource-variable/source-sans-3/wght.css';
import '@fontsource/ibm-plex-mono/latin-400.css';
import '@fontsource/ibm-plex-mono/latin-500.css';
import '../../../renderer/look/tokens.css';
import '../../../renderer/look/page.css';
import { mount } from 'svelte';
import App from '../../../renderer/App.svelte';
import type { Dial } from '../../../renderer/connection/connection.svelte.ts';
import { Page } from '../../../renderer/state/page.svelte.ts';
import { KarstError } from '../../../src/base/errors.ts';
import { engineEventMerge, engineMethods, type EngineEvents } from '../../../src/protocol/engine-api.ts';
import { memoryPorts } from '../../../src/protocol/ports.ts';
import { connect, serve } from '../../../src/protocol/rpc.ts';
import { FakeEngine } from './fake-engine.ts';

const asked = new URLSearchParams(location.search);
const engine = new FakeEngine({ isEmpty: asked.has('empty'), isLive: asked.has('live'), isPlane: asked.has('plane') });
const fake = { refuse: false, cut: (): void => undefined };
Object.assign(window, { fake });

const dial: Dial = async () => {
  if (fake.refuse) throw new KarstError('disconnected', 'The server does not answer.');
  const [near, far] = memoryPorts();
  serve<typeof engineMethods, EngineEvents>(far, engineMethods, engine.api, {
    subscribe: (listener) => engine.subscribe(listener),
    merge: engineEventMerge,
  });
  fake.cut = () => far.close();
  return connect<typeof engineMethods, EngineEvents>(near, engineMethods);
};

const target = document.getElementById('page');
const page = new Page(dial, undefined);
Object.assign(fake, { page });
if (target) mount(App, { target, props: { page } });
