// Sells one product after another by clicking what a cashier clicks, as fast as the screen follows.
void (() => {
  const by = (name) => document.querySelector(`[data-testid="${name}"]`);
  const turn = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
  const shown = async (name) => { for (;;) { const it = by(name); if (it && !it.disabled) return it; await turn(); } };
  const gone = async (name) => { while (by(name)) await turn(); };
  let going = true;
  let sold = 0;
  (async () => {
    while (going) {
      const tiles = document.querySelectorAll('[data-testid="tile"]:not([hidden])');
      if (!by('cart-line')) (tiles[sold % Math.max(1, tiles.length)] ?? await shown('tile')).click();
      await shown('cart-line');
      (await shown('pay')).click();
      (await shown('cash-exact')).click();
      await shown('receipt-number');
      sold += 1;
      (await shown('new-sale')).click();
      await gone('paid');
    }
    evertillSelling.ended = true;
  })();
  window.evertillSelling = { ended: false, sold: () => sold, stop: () => { going = false; } };
})();
