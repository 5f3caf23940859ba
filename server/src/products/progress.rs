//! How far imports are: counted up by whoever imports, read by whoever asks. In memory: an import ends with its request.

use evertill_protocol::api::ImportAnswer;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use uuid::Uuid;

/// How far one import is. Nothing hangs on its numbers but a bar on a screen.
#[derive(Debug, Default)]
pub struct Progress {
    rows: AtomicU64,
    checked: AtomicU64,
    written: AtomicU64,
}

impl Progress {
    /// The file has so many rows: a guess by its lines until all are checked.
    pub fn has(&self, rows: usize) {
        self.rows.store(rows as u64, Relaxed);
    }

    /// So many rows were read and checked by themselves.
    pub fn checked(&self, rows: usize) {
        self.checked.store(rows as u64, Relaxed);
    }

    /// Of all that there is to write, `done` of `all` steps are done.
    pub fn wrote(&self, done: usize, all: usize) {
        let rows = self.rows.load(Relaxed);
        let written = (rows * done as u64).checked_div(all as u64).unwrap_or(rows);
        self.written.store(written, Relaxed);
    }

    /// How it stands, without what it did.
    pub fn look(&self) -> ImportAnswer {
        ImportAnswer {
            rows: self.rows.load(Relaxed),
            checked: self.checked.load(Relaxed),
            written: self.written.load(Relaxed),
            ..ImportAnswer::default()
        }
    }
}

/// The imports that run, by the ids that their clients gave them: as many as there are requests.
#[derive(Debug, Default)]
pub struct Imports(Mutex<HashMap<Uuid, Arc<Progress>>>);

impl Imports {
    /// Begins one; none if one runs under this id.
    pub fn begin(imports: &Arc<Self>, id: Uuid) -> Option<Running> {
        let progress = Arc::new(Progress::default());
        let mut running = imports.running();
        if running.contains_key(&id) {
            return None;
        }
        running.insert(id, Arc::clone(&progress));
        Some(Running { imports: Arc::clone(imports), id, progress })
    }

    /// How far the one with this id is; none if it does not run.
    pub fn look(&self, id: Uuid) -> Option<ImportAnswer> {
        self.running().get(&id).map(|progress| progress.look())
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Progress>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An import that runs, until this is dropped: also when its client is gone.
#[derive(Debug)]
pub struct Running {
    imports: Arc<Imports>,
    id: Uuid,
    progress: Arc<Progress>,
}

impl Running {
    /// What it counts.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.imports.running().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::{ImportAnswer, Imports};
    use std::sync::Arc;
    use uuid::Uuid;

    #[test]
    fn an_import_is_known_while_it_runs() {
        let (imports, id) = (Arc::<Imports>::default(), Uuid::from_u128(1));
        let running = Imports::begin(&imports, id).expect("the id is free");
        assert!(Imports::begin(&imports, id).is_none(), "one at a time under an id");
        let progress = running.progress();
        progress.has(30);
        progress.checked(30);
        progress.wrote(1, 3);
        let far = ImportAnswer { rows: 30, checked: 30, written: 10, ..ImportAnswer::default() };
        assert_eq!(imports.look(id), Some(far));
        progress.wrote(0, 0);
        assert_eq!(imports.look(id).map(|now| now.written), Some(30), "nothing to write is all written");
        drop(running);
        assert_eq!(imports.look(id), None);
    }
}
