// Runs before the app in every page of a test. Reports what must outlive the page: which sales it showed as paid, and
// how durable the transactions are that it writes. Never changes what the app sees.
(() => {
  if (window.evertillProbes) return;
  window.evertillProbes = true;
  const report = (what) => window.evertillReport?.(JSON.stringify(what));

  // Paid, as the cashier sees it: the sheet is in the document and names its receipt.
  let shown = null;
  const look = () => {
    const paid = document.querySelector('[data-testid="paid"]');
    const number = paid?.querySelector('[data-testid="receipt-number"]')?.textContent?.trim()
      ?? (paid && document.querySelector('[data-testid="receipt-number"]')?.textContent?.trim());
    if (!paid) { shown = null; return; }
    if (number && number !== shown) { shown = number; report({ paid: number }); }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });

  // Which stores are written together, and whether the browser was asked to put them on the disk.
  const original = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...args) {
    const transaction = original.apply(this, args);
    if (transaction.mode === 'readwrite') {
      const stores = [...transaction.objectStoreNames];
      if (stores.includes('journal') && stores.includes('drafts')) {
        report({ written: stores, durability: transaction.durability });
      }
    }
    return transaction;
  };

  addEventListener('securitypolicyviolation', (event) => {
    report({ policy: `${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}` });
  });
})();
