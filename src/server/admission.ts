// Who may speak to the server. It listens on loopback only, but any page in the person's browser can reach loopback too, so each request
// must name a loopback host (no DNS rebinding), come from our own page or from nowhere (no foreign origin), and carry the secret token,
// which the printed address turns into a cookie that scripts cannot read and other sites cannot send.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Any port: a tunnel (ssh -L) may show the server under another one. */
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

export type Refusal = { readonly status: 401 | 403 | 405; readonly reason: string };

function hasLoopbackHost(request: IncomingMessage): boolean {
  return LOOPBACK_HOST.test((request.headers.host ?? '').toLowerCase());
}

/** True where the Origin header names the very host that was asked. */
function isOwnOrigin(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').toLowerCase();
  const origin = (request.headers.origin ?? '').toLowerCase();
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** Compares in a time that depends on the length of `given` only. */
export function isToken(expected: string, given: string | undefined): boolean {
  if (given === undefined || given.length > 256) return false;
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return timingSafeEqual(a.length === b.length ? a : Buffer.alloc(b.length), b) && a.length === b.length;
}

/** Cookies do not know ports, so the name does. */
export const cookieName = (port: number): string => `karst-${port}`;

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}

export interface Admission {
  readonly token: string;
  readonly cookie: string;
}

/** Why a plain request is refused, or undefined. `needsToken` is false for the one address that brings the token itself. */
export function refuseRequest(request: IncomingMessage, { token, cookie }: Admission, needsToken: boolean): Refusal | undefined {
  if (!hasLoopbackHost(request)) return { status: 403, reason: 'This server answers to loopback host names only.' };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, reason: 'Only GET and HEAD are answered.' };
  if (request.headers.origin !== undefined && !isOwnOrigin(request))
    return { status: 403, reason: 'A foreign origin is refused.' };
  if (needsToken && !isToken(token, cookieOf(request, cookie))) {
    return { status: 401, reason: 'Open the address that karst printed in the terminal; it carries the key.' };
  }
  return undefined;
}

/** A socket must say where it comes from: browsers always do. */
export function refuseSocket(request: IncomingMessage, admission: Admission): Refusal | undefined {
  if (request.headers.origin === undefined) return { status: 403, reason: 'A socket without an origin is refused.' };
  return refuseRequest(request, admission, true);
}
