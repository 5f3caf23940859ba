// Notes the first upload that the server answered, the moment the outbox was empty, and long tasks in between; and how
// many uploads were this page's own: another sender (the service worker) would leave it nothing to be measured by.
(() => {
  if (window.drained) return;
  const drained = { began: null, ended: null, longest: 0, uploads: 0, refused: 0 };
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
    if (!url.includes('/api/sync/sales')) return original.apply(window, args);
    try {
      const answer = await original.apply(window, args);
      if (answer.ok) {
        drained.began ??= started;
        drained.uploads += 1;
      }
      return answer;
    } catch (error) {
      drained.refused += 1;
      throw error;
    }
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
