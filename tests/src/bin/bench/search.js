// Types each key state into the search and scans each barcode; answers the main-thread milliseconds from the event (of
// a scan: its last key's) to the end of a forced layout, and of all keys of a scan that come without a pause:
// [[per key], [per scan], [per scan with all its keys], keys whose results came later, scans that found no line].
async (keys, barcodes) => {
  const by = (name) => document.querySelector(`[data-testid="${name}"]`);
  const { port1, port2 } = new MessageChannel();
  const turn = () => new Promise((done) => { port1.onmessage = done; port2.postMessage(0); });
  // The app answers a key in the event and in the microtasks behind it, however many hops they take. What it does in a
  // later task shows as a later change, or as a line that is not there yet; a frame that is due is painted after that.
  const microtasks = async () => { for (let hop = 0; hop < 100; hop += 1) await null; };
  const input = by('search');
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const layout = () => document.body.offsetHeight + document.querySelectorAll('[data-testid="tile"]').length;
  let changes = 0;
  const watch = new MutationObserver((records) => { changes += records.length; });
  watch.observe(document.querySelector('main') ?? document.body, { subtree: true, childList: true, characterData: true, attributes: true });

  const perKey = [];
  let late = 0;
  input.focus();
  for (const text of keys) {
    setValue.call(input, text);
    const started = performance.now();
    input.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText' }));
    await microtasks();
    layout();
    perKey.push(performance.now() - started);
    // Whatever the app put off to a later frame or timer counts as well.
    watch.takeRecords();
    changes = 0;
    const until = performance.now() + 40;
    let worked = 0;
    while (performance.now() < until) {
      const before = performance.now();
      await new Promise(requestAnimationFrame);
      watch.takeRecords().length && (changes += 1);
      const spent = performance.now() - before;
      if (spent < 5) worked += spent;
    }
    if (changes > 2) late += 1;
  }
  setValue.call(input, '');
  input.dispatchEvent(new InputEvent('input', { bubbles: true }));
  await turn();

  const perScan = [];
  const perBurst = [];
  let missed = 0;
  const quantity = () => [...document.querySelectorAll('[data-testid="cart-line"]')].reduce((sum, line) => sum + Number(line.dataset.quantityMilli), 0);
  // A scanner's keys carry its own pace, however late a busy machine lets them come.
  const KEY_EVERY_MS = 4;
  const press = (key, at) => {
    const kind = { key, code: key === 'Enter' ? 'Enter' : `Digit${key}`, bubbles: true, cancelable: true, composed: true };
    const down = new KeyboardEvent('keydown', kind);
    Object.defineProperty(down, 'timeStamp', { value: at });
    const typed = document.activeElement.dispatchEvent(down);
    // What nobody kept from it lands in the field, as the browser does it for a real key.
    const field = document.activeElement;
    if (typed && key.length === 1 && field instanceof HTMLInputElement) {
      setValue.call(field, field.value + key);
      field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: key }));
    }
    document.activeElement.dispatchEvent(new KeyboardEvent('keyup', kind));
  };
  for (const code of barcodes) {
    const before = quantity();
    const started = performance.now();
    for (const [place, digit] of [...code].entries()) {
      press(digit, started + place * KEY_EVERY_MS);
      await turn();
    }
    const last = performance.now();
    press('Enter', started + code.length * KEY_EVERY_MS);
    await microtasks();
    while (quantity() === before && performance.now() - last < 400) await turn();
    layout();
    const ended = performance.now();
    perScan.push(ended - last);
    perBurst.push(ended - started);
    if (quantity() === before) missed += 1;
    // Far enough from the next scan that no burst runs into another.
    await new Promise((done) => setTimeout(done, 150));
  }
  return [perKey, perScan, perBurst, late, missed];
}
