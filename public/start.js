// Starts the app, and is what still runs when the app has crashed: nothing here depends on the wasm module.
//
// A panic aborts the module (`RuntimeError: unreachable`). Its memory can then not be trusted any more, but every sale
// that was shown as paid is in IndexedDB, and so is the cart. So: say that, and load the page afresh. Three crashes
// within a minute mean that loading afresh does not help; then a person decides.

const APP_JS = '{{app_js}}';
const APP_WASM = '{{app_wasm}}';
const ENGINE_JS = '{{engine_js}}';
const ENGINE_WASM = '{{engine_wasm}}';

const ENGINE_WITHIN_MS = 30_000;
const RELOAD_AFTER_MS = 2500;
const CRASHES_WITHIN_MS = 60_000;
const CRASHES_MOST = 3;
const CRASHES_KEY = 'evertill-crashes';

let stopped = false;

addEventListener('error', (event) => { if (isCrash(event.error)) crashed(); });
addEventListener('unhandledrejection', (event) => { if (isCrash(event.reason)) crashed(); });

removeFirstPaintOnceMounted();

// The sync engine is a module of its own, the same that the service worker runs. The app asks for it once it stands; the
// till sells without it, so a failure is the app's to show and to try again. `tell` gets the engine's reports as texts.
globalThis.evertillDriver = async (tell) => {
  try {
    if (!globalThis.evertillEngine) await loadScript(ENGINE_JS);
    const engine = globalThis.evertillEngine();
    const module = await fetch(ENGINE_WASM, { signal: AbortSignal.timeout?.(ENGINE_WITHIN_MS) });
    if (!module.ok) throw new Error(`${ENGINE_WASM}: status ${module.status}`);
    await engine({ module_or_path: module });
    // wasm-bindgen hands an error of `tell` to the engine, which has no use for it: a crash of the app must be seen here.
    engine.drive((report) => { try { tell(report); } catch (error) { reportError(error); } });
    return engine;
  } catch (error) {
    if (isCrash(error)) crashed();
    throw error;
  }
};

try {
  const app = await import(APP_JS);
  await app.default({ module_or_path: APP_WASM });
} catch (error) {
  console.error(error);
  if (isCrash(error)) crashed(); else notLoaded();
}

/** By an element: a module whose import failed once is not fetched again in every browser. */
function loadScript(path) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    const failed = () => {
      script.remove();
      reject(new Error(`${path} did not load`));
    };
    const late = setTimeout(failed, ENGINE_WITHIN_MS);
    script.onload = () => {
      clearTimeout(late);
      resolve();
    };
    script.onerror = failed;
    script.src = path;
    document.head.append(script);
  });
}

function isCrash(error) {
  return error instanceof WebAssembly.RuntimeError;
}

function crashed() {
  if (stopped) return;
  if (countCrash() < CRASHES_MOST) {
    show('Your paid sales are safe.', 'This screen had an error and starts again by itself. The open cart comes back with it.');
    setTimeout(() => location.reload(), RELOAD_AFTER_MS);
  } else {
    show('Your paid sales are safe.', 'This screen keeps stopping with an error. Start it again; if that does not help, '
      + 'close every Evertill window and open it anew. Nothing you were paid for is lost.', 'Start again');
  }
}

function notLoaded() {
  if (stopped) return;
  show('Evertill could not be loaded.', 'This device does not have the whole app yet, and the shop’s server did not '
    + 'answer. Check the network and try again. Sales made on this device are kept.', 'Try again');
}

/** The crashes of the last minute in this tab, this one among them. */
function countCrash() {
  const now = Date.now();
  let recent = [];
  try {
    const stored = JSON.parse(sessionStorage.getItem(CRASHES_KEY) ?? '[]');
    recent = stored.filter((at) => Math.abs(now - at) < CRASHES_WITHIN_MS);
    recent.push(now);
    sessionStorage.setItem(CRASHES_KEY, JSON.stringify(recent));
  } catch {
    return CRASHES_MOST; // Without a memory a loop could not be noticed: ask instead of reloading.
  }
  return recent.length;
}

function show(title, text, button) {
  stopped = true;
  const panel = document.createElement('div');
  panel.className = 'start-stop';
  panel.setAttribute('role', 'alert');
  const heading = document.createElement('h1');
  heading.textContent = title;
  const paragraph = document.createElement('p');
  paragraph.textContent = text;
  panel.append(heading, paragraph);
  if (button) {
    const again = document.createElement('button');
    again.type = 'button';
    again.textContent = button;
    again.addEventListener('click', () => location.reload());
    panel.append(again);
  }
  // Keys must not reach the screen below, whose code is gone: a scan or Enter would look as if it did something.
  for (const kind of ['keydown', 'keypress', 'keyup', 'input']) {
    addEventListener(kind, (event) => {
      event.stopImmediatePropagation();
      if (!panel.contains(event.target)) event.preventDefault();
    }, true);
  }
  document.getElementById('start')?.remove();
  document.body.append(panel);
  panel.querySelector('button')?.focus();
}

/** The first paint stays until the app has put something beside it, so that the page is never blank. */
function removeFirstPaintOnceMounted() {
  const firstPaint = document.getElementById('start');
  const observer = new MutationObserver((records) => {
    if (records.some((record) => [...record.addedNodes].some((node) => node instanceof Element))) {
      observer.disconnect();
      firstPaint.remove();
    }
  });
  if (firstPaint) observer.observe(document.body, { childList: true });
}
