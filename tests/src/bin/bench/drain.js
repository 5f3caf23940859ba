// Notes the first upload that the server answered, the moment the outbox was empty, and long tasks in between.
(() => {
  if (window.drained) return;
  const drained = { began: null, ended: null, longest: 0 };
  window.drained = drained;
  const tasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      const within = drained.began !== null && startTime + duration > drained.began && (drained.ended === null || startTime < drained.ended);
      if (within) drained.longest = Math.max(drained.longest, duration);
      tasks.push([startTime, duration]);
    }
  }).observe({ type: 'longtask', buffered: true });
  const original = window.fetch;
  window.fetch = async (...args) => {
    const url = String(args[0]?.url ?? args[0]);
    const started = performance.now();
    const answer = await original.apply(window, args);
    if (drained.began === null && url.includes('/api/sync/sales') && answer.ok) drained.began = started;
    return answer;
  };
  // Each transaction that took rows out of the outbox may be the last one.
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...args) {
    const transaction = begin.apply(this, args);
    if (transaction.mode === 'readwrite' && transaction.objectStoreNames.contains('outbox')) {
      transaction.addEventListener('complete', () => {
        const at = performance.now();
        const looking = begin.call(this, ['outbox'], 'readonly').objectStore('outbox').getAllKeys(null, 1);
        looking.onsuccess = () => {
          if (looking.result.length === 0 && drained.began !== null && drained.ended === null) drained.ended = at;
        };
      });
    }
    return transaction;
  };
})();
