// Sells by clicking what a cashier clicks, and after each sale sends the same requests in plain JavaScript to a twin
// database of the same stores, whose bytes were copied from real sales. Both are timed from the click (or the call) to
// `complete`. Answers [the till's times, the plain times] in milliseconds.
async (turns) => {
  const by = (name) => document.querySelector(`[data-testid="${name}"]`);
  const turn = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
  const shown = async (name) => { for (;;) { const it = by(name); if (it && !it.disabled && it.getClientRects().length) return it; await turn(); } };
  const gone = async (name) => { while (by(name)) await turn(); };

  // Watch transactions: how many are open, and when a sale's was complete.
  let open = 0;
  let completed = () => {};
  let recording = null;
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...args) {
    const transaction = begin.apply(this, args);
    open += 1;
    const end = () => { open -= 1; };
    transaction.addEventListener('abort', end);
    transaction.addEventListener('complete', () => {
      if (transaction.mode === 'readwrite' && transaction.objectStoreNames.contains('journal')
        && transaction.objectStoreNames.contains('drafts')) completed(performance.now());
      end();
    });
    return transaction;
  };
  // Remember what one sale asks of the database, and how the draft that it deletes looks.
  let draft = null;
  for (const method of ['get', 'put', 'add', 'delete', 'getAll', 'getAllKeys', 'getKey', 'count']) {
    const original = IDBObjectStore.prototype[method];
    IDBObjectStore.prototype[method] = function (...args) {
      const { transaction } = this;
      const request = original.apply(this, args);
      if (method === 'put' && this.name === 'drafts') draft = args[0];
      if (recording && transaction.mode === 'readwrite' && transaction.objectStoreNames.contains('journal')
        && transaction.objectStoreNames.contains('drafts')) {
        recording.push({ method, store: this.name, args, request, stores: [...transaction.objectStoreNames] });
      }
      return request;
    };
  }
  const quiet = async () => { for (let calm = 0; calm < 3; calm = open ? 0 : calm + 1) await turn(); };

  // Nobody pays in the frame in which the sheet opens: what is still moving or unpainted is no part of a commit.
  const settled = async () => {
    const moving = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
    await Promise.all(moving.map(({ finished }) => finished.catch(() => {})));
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    await quiet();
  };

  let sold = 0;
  const sell = async () => {
    if (!by('cart-line')) {
      await shown('tile');
      const tiles = [...document.querySelectorAll('[data-testid="tile"]:not([hidden])')];
      for (let line = 0; line < 3; line += 1) tiles[(sold * 3 + line) % tiles.length].click();
      await shown('cart-line');
    }
    (await shown('pay')).click();
    const exact = await shown('cash-exact');
    await settled();
    const committed = new Promise((done) => { completed = done; });
    const started = performance.now();
    exact.click();
    const took = await committed - started;
    (await shown('new-sale')).click();
    await gone('paid');
    await settled();
    sold += 1;
    return took;
  };

  await sell();
  recording = [];
  await sell();
  const requests = recording;
  recording = null;
  const stores = requests[0].stores;
  const reads = requests.filter(({ method }) => method.startsWith('get'));
  const writes = requests.filter(({ method }) => !method.startsWith('get') && method !== 'count');
  const deletes = writes.filter(({ method }) => method === 'delete');

  const twin = await new Promise((done, fail) => {
    const opening = indexedDB.open('bench-twin', 1);
    opening.onupgradeneeded = () => stores.forEach((name) => opening.result.createObjectStore(name));
    opening.onsuccess = () => done(opening.result);
    opening.onerror = () => fail(opening.error);
  });
  const ended = (transaction) => new Promise((done, fail) => {
    transaction.oncomplete = () => done(performance.now());
    transaction.onabort = () => fail(transaction.error);
  });
  // Keys that grow with the journal must grow here too, over all calls.
  let number = await new Promise((done) => { twin.transaction('journal').objectStore('journal').count().onsuccess = ({ target }) => done(target.result); });
  const fresh = (key, store) => {
    if (store !== 'journal' && store !== 'outbox' && store !== 'ids' && store !== 'drafts') return key;
    const bytes = new Uint8Array(key instanceof ArrayBuffer ? key.slice(0) : key.slice().buffer);
    new DataView(bytes.buffer).setUint32(bytes.length - 4, number);
    return bytes;
  };
  // What a read finds in the till's database it finds here too.
  const filling = twin.transaction(stores, 'readwrite');
  for (const { method, store, args, request } of reads) {
    if (method === 'get' && request.result !== undefined) filling.objectStore(store).put(request.result, args[0]);
  }
  await ended(filling);
  const plain = async () => {
    number += 1;
    // The till kept the cart as a draft while goods went in.
    const drafting = twin.transaction('drafts', 'readwrite', { durability: 'relaxed' });
    for (const { args } of deletes) drafting.objectStore('drafts').put(draft, fresh(args[0], 'drafts'));
    await ended(drafting);
    await settled();
    const started = performance.now();
    const transaction = twin.transaction(stores, 'readwrite', { durability: 'strict' });
    const end = ended(transaction);
    let waiting = reads.length;
    for (const { method, store, args } of reads) {
      transaction.objectStore(store)[method](...args).onsuccess = () => {
        waiting -= 1;
        if (waiting) return;
        for (const { method, store, args } of writes) {
          const place = transaction.objectStore(store);
          if (method === 'delete') place.delete(fresh(args[0], store));
          else place[method](args[0], fresh(args[1], store));
        }
        transaction.commit();
      };
    }
    return await end - started;
  };

  const [till, bare] = [[], []];
  for (let warm = 0; warm < 20; warm += 1) { await sell(); await plain(); }
  while (till.length < turns) { till.push(await sell()); bare.push(await plain()); }
  return [till, bare, requests.map(({ method, store }) => `${method} ${store}`)];
}
