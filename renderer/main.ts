import '@fontsource-variable/source-sans-3/wght.css';
import '@fontsource/ibm-plex-mono/latin-400.css';
import '@fontsource/ibm-plex-mono/latin-500.css';
import './look/tokens.css';
import './look/page.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { dialFor } from './connection/dial.ts';
import { Page } from './state/page.svelte.ts';

const host = window.karstHost;
const target = document.getElementById('page');
if (target) mount(App, { target, props: { page: new Page(dialFor(host), host) } });
