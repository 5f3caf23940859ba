//! The deterministic simulation: the real engine on modelled devices, the ledger's own decisions behind a
//! modelled network, one thread, virtual time, one seed (the faults by their numbers: `docs/faults.md`).
//!
//! A seed draws a shop: how many tills, how often they sell, which faults strike and when. Then the shop closes,
//! every fault ends, and the checkers look at what is left.

mod chance;
mod checks;
mod device;
mod disk;
mod executor;
mod mutants;
mod network;
mod scenario;
mod server;

pub use mutants::Mutant;

use device::{Device, Street};
use evertill_ledger::plan::BookedSale;
use evertill_sync::ports::{Table, Write};
use evertill_sync::rows::Position;
use executor::{PageId, World};
use scenario::Scenario;
use server::{PRODUCTS, Server, product, product_doc};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// The page of tasks that belong to nobody.
pub(crate) const WORLD_PAGE: PageId = 0;
/// How long after closing everything must have arrived: an entry that was refused too often is sent hourly.
const DRAIN_MS: i64 = 3 * 3_600_000;

/// A trigger is heard at most this often, milliseconds; the network takes its time, too.
const TRIGGER_GAP_MS: i64 = 2_100;
/// So many tills of a street may be caught in a request that hangs when the network comes back.
const HANGING_MAX: usize = 20;
/// When each of these has asked again: a request times out after 30 s, and a hidden page waits at most 300 s.
const HUNG_WITHIN_MS: u64 = 330_000;

/// How one seed went.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How often each fault struck.
    pub faults: BTreeMap<&'static str, u64>,
    /// What does not hold; empty if all is well.
    pub violations: Vec<String>,
    /// What the seed drew.
    pub plan: String,
    /// Sales that were shown as paid.
    pub paid: usize,
    /// Everything that happened, as one number: the same in each run of the seed.
    pub trace: u64,
}

/// Plays one seed.
pub fn play(seed: u64, mutant: Mutant) -> Outcome {
    let world = World::new(seed);
    let scenario = Rc::new(Scenario::draw(&world));
    let server = Server::new(Rc::clone(&world), &scenario, mutant);
    let street = Street {
        world: Rc::clone(&world),
        scenario: Rc::clone(&scenario),
        server: Rc::clone(&server),
        mutant,
    };
    let devices: Rc<RefCell<Vec<Rc<Device>>>> = Rc::default();
    for number in 1..=scenario.tills {
        let device = Device::enrol(&street, number, &server.enrolment(number, 1));
        for _ in 0..scenario.pages {
            device.open_page(&street);
        }
        devices.borrow_mut().push(device);
    }
    world.spawn(WORLD_PAGE, play_shop(street.clone(), Rc::clone(&devices)));
    world.spawn(WORLD_PAGE, play_disasters(street.clone(), Rc::clone(&devices)));
    world.spawn(WORLD_PAGE, come_back(street.clone(), Rc::clone(&devices)));
    world.run(scenario.quiet_from_ms, || {
        check_changed(&street, &devices.borrow());
        false
    });
    // The shop closes. Nothing wakes the engines but their own timers.
    let end_ms = scenario.quiet_from_ms + DRAIN_MS;
    let polls = std::cell::Cell::new(0_u32);
    world.run(end_ms, || {
        check_changed(&street, &devices.borrow());
        polls.set(polls.get() + 1);
        polls.get().is_multiple_of(128) && checks::all_quiet(&street, &devices.borrow())
    });
    let devices = devices.borrow();
    let whole = scenario.clone_at_ms.is_none() && scenario.damage_at_ms.is_none();
    // Space given up for a sale and then an ERP that forgot it: that loss is rightly named.
    let gave_up = scenario.disk_permille > 0 && server.was_restored.get();
    checks::at_rest(&street, &devices, whole && !gave_up);
    let erp = server.erp.borrow();
    let last_piece =
        |sale: &&BookedSale| sale.sale.lines.iter().any(|line| line.product == product(PRODUCTS));
    let sellers: BTreeSet<_> = erp.sales().iter().filter(last_piece).map(|sale| sale.terminal).collect();
    if erp.on_hand(product(PRODUCTS)) < 0 && sellers.len() > 1 {
        world.fault("29 the last piece sold by two tills");
    }
    world.mark(erp.sales().len() as u64 + checks::held(&server) as u64);
    Outcome {
        faults: world.faults.borrow().clone(),
        violations: world.violations.borrow().clone(),
        plan: format!("{scenario:?}"),
        paid: devices.iter().map(|device| device.paid.borrow().len()).sum(),
        trace: world.trace(),
    }
}

fn check_changed(street: &Street, devices: &[Rc<Device>]) {
    for device in devices {
        if device.changed_stock.take() {
            checks::stock_shown(street, device);
        }
    }
}

/// The back office: prices change, goods arrive, products go.
async fn play_shop(street: Street, devices: Rc<RefCell<Vec<Rc<Device>>>>) {
    let Street { world, scenario, server, .. } = &street;
    loop {
        world.sleep(world.chance.between(30_000, 900_000)).await;
        if scenario.is_quiet(world) {
            return;
        }
        let number = u32::try_from(world.chance.between(1, u64::from(PRODUCTS) - 1)).unwrap_or(1);
        let mut erp = server.erp.borrow_mut();
        erp.look_at_clock(world.now_ms());
        match world.chance.between(0, 9) {
            0..=3 => {
                world.fault("stock moved while tills sell");
                erp.move_stock(product(number), 10_000);
            }
            4..=6 => {
                world.fault("30 product repriced");
                let price_minor = i64::try_from(world.chance.between(50, 900)).unwrap_or(100);
                erp.put_product(product(number), product_doc(number, price_minor));
            }
            7 => {
                world.fault("30 product deleted");
                erp.delete_product(product(number));
            }
            8 => {
                world.fault("26 tombstones forgotten");
                erp.forget_tombstones();
            }
            _ => {
                drop(erp);
                for device in devices.borrow().iter() {
                    device.wake();
                }
            }
        }
    }
}

/// The browsers of a whole street notice in the same instant that there is a network again.
async fn come_back(street: Street, devices: Rc<RefCell<Vec<Rc<Device>>>>) {
    let Some((back_ms, _)) = street.scenario.crowd else { return };
    street.world.sleep(u64::try_from(back_ms).unwrap_or(0)).await;
    // A till whose request still hangs from the outage asks again when that has timed out.
    let (hanging, free): (Vec<_>, Vec<_>) =
        devices.borrow().iter().cloned().partition(|device| device.attempts.asking.get() > 0);
    for device in devices.borrow().iter() {
        device.wake();
    }
    street.world.sleep(u64::try_from(TRIGGER_GAP_MS).unwrap_or(0)).await;
    let missing =
        |tills: &[Rc<Device>]| tills.iter().filter(|till| till.attempts.back_ms.get().is_none()).count();
    let away = missing(&free);
    if away > 0 || hanging.len() > HANGING_MAX {
        let hung = hanging.len();
        street.world.violated(format!("{away} tills of a street did not come back with it, {hung} hung"));
        return;
    }
    street.world.sleep(HUNG_WITHIN_MS).await;
    match missing(&hanging) {
        0 => street.world.fault("9 200 tills back in the same second"),
        away => street.world.violated(format!("9: {away} tills whose requests hung never came back")),
    }
}

/// What befalls devices and ERP at set times.
async fn play_disasters(street: Street, devices: Rc<RefCell<Vec<Rc<Device>>>>) {
    let Street { world, scenario, server, .. } = &street;
    let scenario = Rc::clone(scenario);
    let mut next_kill_ms = 0;
    let (mut cloned, mut damaged, mut backed_up, mut restored) = (false, false, false, false);
    let due = |at: Option<i64>| at.is_some_and(|at| world.elapsed_ms() >= at);
    loop {
        world.sleep(world.chance.between(500, 5_000)).await;
        if scenario.is_quiet(world) {
            return;
        }
        let all = devices.borrow().clone();
        if scenario.kills && world.elapsed_ms() >= next_kill_ms {
            next_kill_ms =
                world.elapsed_ms() + i64::try_from(world.chance.between(5_000, 600_000)).unwrap_or(0);
            world.chance.pick(&all).crash(&street);
        }
        if !cloned && due(scenario.clone_at_ms) {
            cloned = true;
            world.fault("16 profile cloned: same seq, another id");
            let clone = world.chance.pick(&all).cloned(100);
            clone.open_page(&street);
            devices.borrow_mut().push(clone);
        }
        if !damaged && due(scenario.damage_at_ms) {
            damaged = damage(&street, world.chance.pick(&all));
        }
        if !backed_up && due(scenario.restore.map(|(from, _)| from)) {
            backed_up = true;
            server.back_up();
        }
        if !restored && due(scenario.restore.map(|(_, to)| to)) {
            restored = true;
            server.restore();
        }
    }
}

/// Bit rot: the rows of an entry that waits are gone, or its bytes are no entry any more.
fn damage(street: &Street, device: &Rc<Device>) -> bool {
    let waiting = device.disk.rows(Table::Outbox);
    if waiting.len() < 3 {
        return false;
    }
    let (key, _) = street.world.chance.pick(&waiting[..waiting.len() - 1]).clone();
    let Some(position) = Position::from_key(&key) else { return false };
    street.world.fault("18 a hole in seq: rows of a waiting entry lost");
    let journal = if street.world.chance.permille(500) {
        Write::Delete(Table::Journal, key.clone())
    } else {
        Write::Put(Table::Journal, key.clone(), b"\x01{ rot".to_vec())
    };
    let mut writes = vec![journal];
    if street.world.chance.permille(500) {
        writes.push(Write::Delete(Table::Outbox, key));
    }
    device.disk.tamper(writes);
    device.damaged.borrow_mut().insert(position);
    true
}
