// Sells one product after another by clicking what a cashier clicks, as fast as the screen follows.
void (() => {
  let at = 'starts';
  const by = (name) => document.querySelector(`[data-testid="${name}"]`);
  const turn = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
  const shown = async (name) => {
    at = `waits for ${name}`;
    for (;;) { const it = by(name); if (it && !it.disabled && it.getClientRects().length) return it; await turn(); }
  };
  const gone = async (name) => { at = `waits until ${name} is gone`; while (by(name)) await turn(); };
  const tile = async (number) => {
    at = 'waits for tiles';
    for (;;) {
      const tiles = document.querySelectorAll('[data-testid="tile"]:not([hidden])');
      if (tiles.length) return tiles[number % tiles.length];
      await turn();
    }
  };
  let going = true;
  let sold = 0;
  (async () => {
    while (going) {
      if (!by('cart-line')) (await tile(sold)).click();
      await shown('cart-line');
      (await shown('pay')).click();
      (await shown('cash-exact')).click();
      await shown('receipt-number');
      sold += 1;
      (await shown('new-sale')).click();
      await gone('paid');
      await gone('cart-line');
    }
    evertillSelling.ended = true;
  })();
  window.evertillSelling = { ended: false, at: () => at, sold: () => sold, stop: () => { going = false; } };
})();
