//! What every [`Store`] must do. The same checks run against memory natively and against IndexedDB in real
//! browsers, in page and service worker.

use crate::ports::{Decision, Durability, Key, KeyRange, Read, Rows, Store, StoreError, Table, Write};

/// How the suite comes by databases.
#[expect(async_fn_in_trait, reason = "stores run on one thread")]
pub trait Databases {
    /// The store under test.
    type Store: Store;
    /// A database that holds nothing yet.
    async fn empty(&self) -> Self::Store;
    /// Closes the connection and opens the same database again.
    async fn reopen(&self, store: Self::Store) -> Self::Store;
}

/// Runs every check.
///
/// # Panics
/// If the store breaks a promise; the message says which.
pub async fn run<D: Databases>(databases: &D) {
    keys_and_values_are_bytes(&databases.empty().await).await;
    rows_come_in_byte_order(&databases.empty().await).await;
    ranges_include_both_ends(&databases.empty().await).await;
    counts_and_keys_come_without_values(&databases.empty().await).await;
    every_table_is_apart(&databases.empty().await).await;
    deletes_remove_what_they_name(&databases.empty().await).await;
    a_transaction_sees_what_it_will_change(&databases.empty().await).await;
    leaving_writes_nothing(&databases.empty().await).await;
    the_last_write_to_a_key_counts(&databases.empty().await).await;
    what_is_added_was_not_there(&databases.empty().await).await;
    transactions_do_not_overlap(&databases.empty().await).await;
    many_rows_at_once(&databases.empty().await).await;
    what_was_committed_is_there_after_reopening(databases).await;
}

fn put(table: Table, key: &[u8], value: &[u8]) -> Write {
    Write::Put(table, key.to_vec(), value.to_vec())
}

async fn write(store: &impl Store, tables: &[Table], writes: Vec<Write>) {
    store
        .transact(Durability::Strict, tables, Vec::new(), |_| Decision::Commit(writes, ()))
        .await
        .expect("a plain write succeeds");
}

async fn read(store: &impl Store, read: Read) -> Rows {
    let mut answers = store.read(vec![read]).await.expect("a plain read succeeds");
    assert_eq!(answers.len(), 1, "one answer per read");
    answers.remove(0)
}

fn scan(table: Table, range: Option<(&[u8], &[u8])>, limit: u32) -> Read {
    let range = range.map(|(first, last)| KeyRange { first: first.to_vec(), last: last.to_vec() });
    Read::Scan { table, range, limit }
}

fn keys_of(rows: &Rows) -> Vec<Key> {
    rows.iter().map(|(key, _)| key.clone()).collect()
}

async fn keys_and_values_are_bytes(store: &impl Store) {
    let every_byte: Vec<u8> = (0..=255).collect();
    write(store, &[Table::Meta], vec![put(Table::Meta, b"\x00\xff\x80", &every_byte)]).await;
    write(store, &[Table::Meta], vec![put(Table::Meta, b"empty", b"")]).await;
    let rows = read(store, Read::Get(Table::Meta, b"\x00\xff\x80".to_vec())).await;
    assert_eq!(rows, [(b"\x00\xff\x80".to_vec(), every_byte)], "bytes come back as they went in");
    let rows = read(store, Read::Get(Table::Meta, b"empty".to_vec())).await;
    assert_eq!(rows, [(b"empty".to_vec(), Vec::new())], "an empty value is a row");
    assert!(read(store, Read::Get(Table::Meta, b"absent".to_vec())).await.is_empty(), "no row for no key");
}

async fn rows_come_in_byte_order(store: &impl Store) {
    let keys: [&[u8]; 6] = [b"\xff", b"\x00\x01", b"b", b"a\xff", b"a", b"\x00"];
    write(store, &[Table::Outbox], keys.iter().map(|key| put(Table::Outbox, key, key)).collect()).await;
    let rows = read(store, scan(Table::Outbox, None, 100)).await;
    let expected: [&[u8]; 6] = [b"\x00", b"\x00\x01", b"a", b"a\xff", b"b", b"\xff"];
    assert_eq!(keys_of(&rows), expected, "rows come in the order of their keys' bytes");
    assert!(rows.iter().all(|(key, value)| key == value), "each row carries its own value");
}

async fn ranges_include_both_ends(store: &impl Store) {
    let writes = (1..=9_u8).map(|key| put(Table::Journal, &[key], &[key])).collect();
    write(store, &[Table::Journal], writes).await;
    let rows = read(store, scan(Table::Journal, Some((&[3], &[6])), 100)).await;
    assert_eq!(keys_of(&rows), [[3], [4], [5], [6]], "both ends are included");
    let rows = read(store, scan(Table::Journal, Some((&[3], &[9])), 2)).await;
    assert_eq!(keys_of(&rows), [[3], [4]], "a limit takes the lowest keys");
    let rows = read(store, scan(Table::Journal, Some((&[4, 0], &[5, 255])), 100)).await;
    assert_eq!(keys_of(&rows), [[5]], "ends need not exist");
    assert!(read(store, scan(Table::Journal, Some((&[6], &[3])), 9)).await.is_empty(), "an empty range");
    assert!(read(store, scan(Table::Journal, None, 0)).await.is_empty(), "a limit of none");
}

async fn counts_and_keys_come_without_values(store: &impl Store) {
    let writes = (0..20_u8).map(|key| put(Table::Failed, &[key], &[7; 100])).collect();
    write(store, &[Table::Failed], writes).await;
    let range = Some(KeyRange { first: vec![5], last: vec![9] });
    let rows = read(store, Read::Count { table: Table::Failed, range: range.clone() }).await;
    assert_eq!(rows, [(Vec::new(), 5_u64.to_be_bytes().to_vec())], "a count is one row of eight bytes");
    let rows = read(store, Read::Count { table: Table::Drafts, range: None }).await;
    assert_eq!(rows, [(Vec::new(), 0_u64.to_be_bytes().to_vec())], "an empty table counts none");
    let rows = read(store, Read::Keys { table: Table::Failed, range, limit: 3 }).await;
    assert_eq!(
        rows,
        [(vec![5], Vec::new()), (vec![6], Vec::new()), (vec![7], Vec::new())],
        "keys come without values"
    );
}

async fn what_is_added_was_not_there(store: &impl Store) {
    let add = |key: u8, value: u8| Write::Add(Table::Journal, vec![key], vec![value]);
    let head = |value: u8| put(Table::Heads, &[1], &[value]);
    let tables = [Table::Journal, Table::Heads];
    write(store, &tables, vec![add(1, 1), head(1)]).await;
    // Wherever in the transaction it stands: what was asked for behind it must not be kept either.
    for writes in [[head(2), add(2, 2), add(1, 9)], [add(1, 9), head(2), add(2, 2)]] {
        let commit = |_| Decision::Commit(writes.into(), ());
        let second = store.transact(Durability::Strict, &tables, Vec::new(), commit).await;
        assert_eq!(second, Err(StoreError::Exists), "a row is not written over by adding it");
        let journal = read(store, scan(Table::Journal, None, 9)).await;
        assert_eq!(journal, [(vec![1], vec![1])], "nothing was written");
        assert_eq!(read(store, scan(Table::Heads, None, 9)).await, [(vec![1], vec![1])], "in any table");
    }
    write(store, &tables, vec![add(2, 2)]).await;
}

async fn every_table_is_apart(store: &impl Store) {
    let writes = Table::ALL.iter().map(|table| put(*table, b"same key", table.name().as_bytes())).collect();
    write(store, &Table::ALL, writes).await;
    let reads = Table::ALL.iter().map(|table| Read::Get(*table, b"same key".to_vec())).collect();
    let answers = store.read(reads).await.expect("a read over all tables succeeds");
    assert_eq!(answers.len(), Table::ALL.len(), "one answer per read, in order");
    for (table, rows) in Table::ALL.iter().zip(answers) {
        assert_eq!(rows, [(b"same key".to_vec(), table.name().as_bytes().to_vec())], "{table:?} is apart");
    }
}

async fn deletes_remove_what_they_name(store: &impl Store) {
    let writes = (1..=9_u8).map(|key| put(Table::Outbox, &[key], &[key])).collect();
    write(store, &[Table::Outbox], writes).await;
    let range = KeyRange { first: vec![3], last: vec![5] };
    let writes = vec![
        Write::DeleteRange(Table::Outbox, range),
        Write::Delete(Table::Outbox, vec![9]),
        Write::Delete(Table::Outbox, vec![77]),
    ];
    write(store, &[Table::Outbox], writes).await;
    let rows = read(store, scan(Table::Outbox, None, 100)).await;
    assert_eq!(keys_of(&rows), [[1], [2], [6], [7], [8]], "exactly the named keys are gone");
}

async fn a_transaction_sees_what_it_will_change(store: &impl Store) {
    write(store, &[Table::Heads], vec![put(Table::Heads, b"1", &[41])]).await;
    let tables = [Table::Heads, Table::Journal];
    let reads = vec![Read::Get(Table::Heads, b"1".to_vec()), scan(Table::Journal, None, 10)];
    let seen = store
        .transact(Durability::Strict, &tables, reads, |answers| {
            let head = answers[0][0].1[0];
            assert!(answers[1].is_empty(), "an empty table answers no row");
            let next = head + 1;
            let writes = vec![put(Table::Heads, b"1", &[next]), put(Table::Journal, &[next], b"an entry")];
            Decision::Commit(writes, next)
        })
        .await
        .expect("reading, deciding and writing succeeds");
    assert_eq!(seen, 42, "the decision's answer is handed back");
    assert_eq!(read(store, Read::Get(Table::Heads, b"1".to_vec())).await, [(b"1".to_vec(), vec![42])]);
    assert_eq!(read(store, scan(Table::Journal, None, 9)).await, [(vec![42], b"an entry".to_vec())]);
}

async fn leaving_writes_nothing(store: &impl Store) {
    write(store, &[Table::Meta], vec![put(Table::Meta, b"a", b"1")]).await;
    let reads = vec![Read::Get(Table::Meta, b"a".to_vec())];
    let answer = store
        .transact(Durability::Strict, &[Table::Meta], reads, |answers| Decision::Leave(answers[0].len()))
        .await
        .expect("leaving is no failure");
    assert_eq!(answer, 1, "the decision's answer is handed back");
    assert_eq!(read(store, scan(Table::Meta, None, 9)).await, [(b"a".to_vec(), b"1".to_vec())]);
    write(store, &[Table::Meta], Vec::new()).await;
    assert_eq!(read(store, scan(Table::Meta, None, 9)).await.len(), 1, "no writes change nothing");
}

async fn the_last_write_to_a_key_counts(store: &impl Store) {
    let writes = vec![
        put(Table::Counters, b"a", b"1"),
        put(Table::Counters, b"a", b"2"),
        Write::Delete(Table::Counters, b"b".to_vec()),
        put(Table::Counters, b"b", b"3"),
        put(Table::Counters, b"c", b"4"),
        Write::DeleteRange(Table::Counters, KeyRange { first: b"c".to_vec(), last: b"c".to_vec() }),
    ];
    write(store, &[Table::Counters], writes).await;
    let rows = read(store, scan(Table::Counters, None, 9)).await;
    assert_eq!(rows, [(b"a".to_vec(), b"2".to_vec()), (b"b".to_vec(), b"3".to_vec())], "writes are in order");
}

/// Twenty increments at once, from futures that are all under way, must not lose one.
async fn transactions_do_not_overlap(store: &impl Store) {
    write(store, &[Table::Heads], vec![put(Table::Heads, b"n", &[0])]).await;
    let increment = || {
        store.transact(
            Durability::Relaxed,
            &[Table::Heads],
            vec![Read::Get(Table::Heads, b"n".to_vec())],
            |answers| Decision::Commit(vec![put(Table::Heads, b"n", &[answers[0][0].1[0] + 1])], ()),
        )
    };
    let mut under_way: Vec<_> = (0..20).map(|_| Box::pin(increment())).collect();
    core::future::poll_fn(|context| {
        under_way.retain_mut(|future| match future.as_mut().poll(context) {
            core::task::Poll::Pending => true,
            core::task::Poll::Ready(result) => {
                result.expect("an increment succeeds");
                false
            }
        });
        if under_way.is_empty() { core::task::Poll::Ready(()) } else { core::task::Poll::Pending }
    })
    .await;
    let rows = read(store, Read::Get(Table::Heads, b"n".to_vec())).await;
    assert_eq!(rows, [(b"n".to_vec(), vec![20])], "each transaction saw the one before");
}

async fn many_rows_at_once(store: &impl Store) {
    let key = |number: u32| number.to_be_bytes();
    let writes = (0..2000_u32).map(|number| put(Table::Journal, &key(number), &[1; 200])).collect();
    write(store, &[Table::Journal], writes).await;
    let rows = read(store, scan(Table::Journal, None, 500)).await;
    assert_eq!(rows.len(), 500, "a scan stops at its limit");
    assert_eq!(rows.last().map(|(key, _)| key.clone()), Some(key(499).to_vec()));
    let range = KeyRange { first: key(0).to_vec(), last: key(1899).to_vec() };
    write(store, &[Table::Journal], vec![Write::DeleteRange(Table::Journal, range)]).await;
    let rows = read(store, Read::Count { table: Table::Journal, range: None }).await;
    assert_eq!(rows, [(Vec::new(), 100_u64.to_be_bytes().to_vec())], "a range goes at once");
}

async fn what_was_committed_is_there_after_reopening<D: Databases>(databases: &D) {
    let store = databases.empty().await;
    let writes = vec![put(Table::Journal, b"1", b"a sale"), put(Table::Outbox, b"1", b"waits")];
    write(&store, &[Table::Journal, Table::Outbox], writes).await;
    let store = databases.reopen(store).await;
    assert_eq!(read(&store, scan(Table::Journal, None, 9)).await, [(b"1".to_vec(), b"a sale".to_vec())]);
    assert_eq!(read(&store, scan(Table::Outbox, None, 9)).await, [(b"1".to_vec(), b"waits".to_vec())]);
}
