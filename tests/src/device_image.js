(() => {
  const settled = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  const bytesOf = (thing) => thing instanceof ArrayBuffer ? new Uint8Array(thing)
    : new Uint8Array(thing.buffer, thing.byteOffset, thing.byteLength);
  const text = (thing) => {
    let binary = '';
    for (const byte of bytesOf(thing)) binary += String.fromCharCode(byte);
    return btoa(binary);
  };
  const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return {
    async take() {
      const image = [];
      for (const { name, version } of await indexedDB.databases()) {
        const database = await settled(indexedDB.open(name));
        const stores = [];
        for (const store of database.objectStoreNames) {
          const source = database.transaction(store, 'readonly').objectStore(store);
          const [keys, values] = await Promise.all([settled(source.getAllKeys()), settled(source.getAll())]);
          stores.push({ name: store, rows: keys.map((key, place) => [text(key), text(values[place])]) });
        }
        database.close();
        image.push({ name, version, stores });
      }
      return image;
    },
    async restore(image) {
      for (const { name, version, stores } of image) {
        const opening = indexedDB.open(name, version);
        opening.onupgradeneeded = () => stores.forEach((store) => opening.result.createObjectStore(store.name));
        const database = await settled(opening);
        for (const store of stores) {
          await new Promise((done, fail) => {
            const transaction = database.transaction(store.name, 'readwrite');
            transaction.oncomplete = done;
            transaction.onabort = () => fail(transaction.error);
            for (const [key, value] of store.rows) transaction.objectStore(store.name).put(bytes(value), bytes(key));
          });
        }
        database.close();
      }
    },
  };
})()
