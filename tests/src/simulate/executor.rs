//! One thread, virtual time, one seed: tasks run in an order that chance and time alone decide.

use super::chance::Chance;
use core::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque},
    rc::Rc,
    sync::{Arc, Mutex},
    task::Wake,
};

/// A browser page or worker: what is killed at once. 0 is the world itself.
pub type PageId = u32;
type TaskId = u64;
type Task = (PageId, Pin<Box<dyn Future<Output = ()>>>);

/// Where a simulation begins: 2026-04-30 08:00 UTC.
const START_MS: i64 = 1_777_536_000_000;

/// Everything that shares one clock.
pub struct World {
    now_ms: Cell<i64>,
    timers: RefCell<BinaryHeap<Reverse<(i64, u64, TimerWaker)>>>,
    next: Cell<u64>,
    tasks: RefCell<BTreeMap<TaskId, Task>>,
    ready: Arc<Mutex<VecDeque<TaskId>>>,
    dead: RefCell<BTreeSet<PageId>>,
    /// The only source of chance.
    pub chance: Chance,
    /// How often each fault occurred.
    pub faults: RefCell<BTreeMap<&'static str, u64>>,
    /// What broke an invariant.
    pub violations: RefCell<Vec<String>>,
    trace: Cell<u64>,
}

/// Orders nothing: time and number before it do.
struct TimerWaker(Waker);
impl PartialEq for TimerWaker {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for TimerWaker {}
impl PartialOrd for TimerWaker {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for TimerWaker {
    fn cmp(&self, _: &Self) -> core::cmp::Ordering {
        core::cmp::Ordering::Equal
    }
}

struct TaskWaker {
    task: TaskId,
    ready: Arc<Mutex<VecDeque<TaskId>>>,
}
impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().expect("one thread");
        if !ready.contains(&self.task) {
            ready.push_back(self.task);
        }
    }
}

impl World {
    /// A world in which nothing runs yet.
    pub fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            now_ms: Cell::new(START_MS),
            timers: RefCell::default(),
            next: Cell::new(1),
            tasks: RefCell::default(),
            ready: Arc::default(),
            dead: RefCell::default(),
            chance: Chance::new(seed),
            faults: RefCell::default(),
            violations: RefCell::default(),
            trace: Cell::new(seed),
        })
    }

    /// Now, milliseconds UTC.
    pub fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    /// Milliseconds since the simulation began.
    pub fn elapsed_ms(&self) -> i64 {
        self.now_ms.get() - START_MS
    }

    /// Starts a task that lives as long as its page.
    pub fn spawn(&self, page: PageId, task: impl Future<Output = ()> + 'static) {
        let id = self.number();
        self.tasks.borrow_mut().insert(id, (page, Box::pin(task)));
        self.ready.lock().expect("one thread").push_back(id);
    }

    /// A number nobody else has.
    pub fn number(&self) -> u64 {
        let number = self.next.get();
        self.next.set(number + 1);
        number
    }

    /// Ends a page between two of its steps: none of its futures is polled again.
    pub fn kill(&self, page: PageId) {
        self.dead.borrow_mut().insert(page);
        let tasks = &mut self.tasks.borrow_mut();
        tasks.retain(|_, (owner, _)| *owner != page);
    }

    /// Whether a page still runs.
    pub fn is_alive(&self, page: PageId) -> bool {
        !self.dead.borrow().contains(&page)
    }

    /// Comes back after this long.
    pub async fn sleep(&self, milliseconds: u64) {
        let until = self.now_ms.get() + i64::try_from(milliseconds).unwrap_or(i64::MAX / 4);
        let mut registered = false;
        poll_fn(|context| {
            if self.now_ms.get() >= until && registered {
                return Poll::Ready(());
            }
            if !registered {
                registered = true;
                let waker = TimerWaker(context.waker().clone());
                self.timers.borrow_mut().push(Reverse((until, self.number(), waker)));
            }
            Poll::Pending
        })
        .await;
    }

    /// Runs everything until nothing is due before `until_ms` (after the start) or `done` holds.
    pub fn run(&self, until_ms: i64, done: impl Fn() -> bool) {
        let until = START_MS + until_ms;
        loop {
            self.run_ready();
            if done() {
                return;
            }
            let due = self.timers.borrow().peek().map(|Reverse((at, ..))| *at);
            match due {
                Some(at) if at <= until => {
                    let timer = self.timers.borrow_mut().pop();
                    if let Some(Reverse((at, _, waker))) = timer {
                        self.now_ms.set(at.max(self.now_ms.get()));
                        waker.0.wake();
                    }
                }
                _ => {
                    self.now_ms.set(until.max(self.now_ms.get()));
                    return;
                }
            }
        }
    }

    fn run_ready(&self) {
        loop {
            let next = self.ready.lock().expect("one thread").pop_front();
            let Some(id) = next else { return };
            let Some((page, mut task)) = self.tasks.borrow_mut().remove(&id) else { continue };
            let waker = Waker::from(Arc::new(TaskWaker { task: id, ready: Arc::clone(&self.ready) }));
            let pending = task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending();
            if pending && self.is_alive(page) {
                self.tasks.borrow_mut().insert(id, (page, task));
            }
        }
    }

    /// Counts a fault that was put into the world.
    pub fn fault(&self, name: &'static str) {
        *self.faults.borrow_mut().entry(name).or_default() += 1;
        self.mark(name.len() as u64);
    }

    /// Notes that an invariant does not hold.
    pub fn violated(&self, what: String) {
        let mut violations = self.violations.borrow_mut();
        if violations.len() < 20 && !violations.contains(&what) {
            violations.push(what);
        }
    }

    /// Mixes something into the trace, by which two runs of one seed are compared.
    pub fn mark(&self, value: u64) {
        let at = u64::try_from(self.now_ms.get()).unwrap_or(0);
        let mixed = (self.trace.get() ^ value ^ at.rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.trace.set(mixed ^ (mixed >> 29));
    }

    /// What happened, as one number.
    pub fn trace(&self) -> u64 {
        self.trace.get()
    }
}

/// Wakes whoever waits for it.
#[derive(Default)]
pub struct Nudge {
    nudged: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Nudge {
    /// Ends the wait, the present one or the next.
    pub fn nudge(&self) {
        self.nudged.set(true);
        if let Some(waker) = self.waiting.borrow_mut().take() {
            waker.wake();
        }
    }

    /// Whether a nudge came before the time was up.
    pub async fn wait(&self, world: &World, milliseconds: u64) -> bool {
        let mut sleep = Box::pin(world.sleep(milliseconds));
        poll_fn(|context| {
            if self.nudged.take() {
                return Poll::Ready(true);
            }
            *self.waiting.borrow_mut() = Some(context.waker().clone());
            sleep.as_mut().poll(context).map(|()| false)
        })
        .await
    }
}
