// The page under its own scheme, app://bundle/: same content policy as the loopback server, only GET and HEAD, only our host, only files
// of the built page. Registered as standard and secure so that modules, workers and fetch behave as on https.
import { pageFile } from '../src/node/page-files.ts';
import { pageHeaders } from '../src/protocol/content-policy.ts';

export const PAGE_ORIGIN = 'app://bundle';

export const pageScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
};

export function pageResponder(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url);
    const refuse = (status: number, text: string): Response =>
      new Response(text, { status, headers: { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8' } });
    if (url.host !== 'bundle') return refuse(403, 'Unknown host.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET and HEAD.');
    const file = await pageFile(folder, url.pathname);
    if (!file) return refuse(404, 'Not found.');
    const body = request.method === 'HEAD' ? null : new Uint8Array(file.bytes);
    return new Response(body, { status: 200, headers: { ...pageHeaders, ...file.headers } });
  };
}
