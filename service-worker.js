// Keeps one complete version of the app on the device, answers every navigation with its shell, and hands `sync` to the
// engine in Rust. Everything else is not its business: `/api` is never touched, no answer of the server is cached.
//
// `precache.js` is made by the build and names the version, its files with their digests and the engine's two parts
// (globalThis.EVERTILL). A new build changes it, which is how a browser notices an update. The new version is fetched
// completely beside the old one and then waits: open pages keep their own version until a page says that all tabs are
// idle.

importScripts('/precache.js');
importScripts(EVERTILL.worker_js); // defines globalThis.evertillEngine(): a fresh copy of the wasm glue at each call

const CACHE_PREFIX = 'evertill-';
const CACHE = CACHE_PREFIX + EVERTILL.version;
const SHELL = '/';
const PRECACHED = new Set(Object.keys(EVERTILL.files));
const FILE_WITHIN_MS = 180_000;
const SYNC_TAG = 'evertill-outbox';

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || isServers(url.pathname)) return;
  if (request.mode === 'navigate') event.respondWith(cached(SHELL, request));
  else if (PRECACHED.has(url.pathname)) event.respondWith(cached(url.pathname, request));
});

self.addEventListener('sync', (event) => {
  if (event.tag === SYNC_TAG) event.waitUntil(drain(event.lastChance));
});

self.addEventListener('message', (event) => {
  const [port] = event.ports;
  switch (event.data?.type) {
    case 'activate':
      event.waitUntil(self.skipWaiting());
      break;
    case 'claim':
      // Claiming at activation misses a page that is just being loaded, as after enrolment or a forced reload.
      event.waitUntil(self.clients.claim());
      break;
    case 'drain':
      event.waitUntil(drain(false).then(
        () => port?.postMessage({ type: 'drained' }),
        (error) => port?.postMessage({ type: 'failed', reason: String(error) }),
      ));
      break;
    case 'version':
      port?.postMessage({ type: 'version', version: EVERTILL.version });
      break;
  }
});

async function install() {
  const cache = await caches.open(CACHE);
  // All of them are waited for, so that what could come is there when the next attempt asks.
  const files = Object.entries(EVERTILL.files).map(([path, integrity]) => keep(cache, path, integrity));
  const missing = (await Promise.allSettled(files)).filter(({ status }) => status === 'rejected');
  if (missing.length === 0) return;
  console.warn(`version ${EVERTILL.version} lacks ${missing.length} of ${files.length} files; first: ${missing[0].reason}`);
  throw missing[0].reason;
}

/** The digest is what makes a version whole: half a file, a portal's page or a file of the next version is refused. */
async function keep(cache, path, integrity) {
  if (await cache.match(path, { ignoreVary: true })) return;
  const signal = AbortSignal.timeout?.(FILE_WITHIN_MS);
  const ask = (from) => fetch(path, { cache: from, integrity, redirect: 'error', signal });
  // What the page has just loaded does not travel twice; if that copy is of no use, the server's is asked for.
  await cache.put(path, await ask('default').catch(() => ask('reload')));
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names
    .filter((name) => name.startsWith(CACHE_PREFIX) && name !== CACHE)
    .map((name) => caches.delete(name)));
  await self.clients.claim();
}

function isServers(path) {
  return path.startsWith('/api/') || path === '/api' || path === '/livez' || path === '/readyz';
}

async function cached(path, request) {
  const hit = await (await caches.open(CACHE)).match(path, { ignoreVary: true });
  return hit ?? fetch(request);
}

// ---- The engine ----

let engine = null; // the promise of an instantiated module
let crash = null; // rejects the run that is under way
let last = Promise.resolve();

/** One run after another: a second one started meanwhile would find the lease taken and return without looking. */
function drain(lastChance) {
  const run = last.then(() => drainOnce(lastChance));
  last = run.catch(() => undefined);
  return run;
}

async function drainOnce(lastChance) {
  const { drain } = await instantiated();
  // A panic inside the engine's future never settles its promise; it arrives as an error event instead.
  const crashed = new Promise((_, reject) => { crash = reject; });
  try {
    await Promise.race([drain(lastChance), crashed]);
  } catch (error) {
    forgetCrashed(error);
    throw error;
  } finally {
    crash = null;
  }
}

function instantiated() {
  engine ??= instantiate().catch((error) => {
    engine = null; // so that the next wake-up tries again
    throw error;
  });
  return engine;
}

async function instantiate() {
  const glue = evertillEngine();
  // A worker's own fetch does not pass its fetch event, so the cache has to be asked by hand.
  const wasm = (await caches.match(EVERTILL.worker_wasm, { ignoreVary: true })) ?? (await fetch(EVERTILL.worker_wasm));
  if (!wasm.ok) throw new Error(`the engine could not be loaded: ${wasm.status}`);
  await glue({ module_or_path: wasm });
  return glue;
}

/** After a panic the module's memory cannot be trusted: the next wake-up gets a new one. */
function forgetCrashed(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  engine = null;
  crash?.(error);
}

self.addEventListener('error', (event) => forgetCrashed(event.error));
self.addEventListener('unhandledrejection', (event) => forgetCrashed(event.reason));
