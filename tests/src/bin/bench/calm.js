// Runs before the app: tells whether the page has nothing to do with its database. That is when a load or a start is over.
(() => {
  if (window.database) return;
  let open = 0;
  let touched = performance.now();
  window.database = { calm: () => open === 0 && performance.now() - touched > 500 };
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...args) {
    const transaction = begin.apply(this, args);
    open += 1;
    const over = () => { open -= 1; touched = performance.now(); };
    transaction.addEventListener('complete', over);
    transaction.addEventListener('abort', over);
    return transaction;
  };
})();
