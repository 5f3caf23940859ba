//! A till: one database, one or two pages over it, each with a cashier and the engine. Pages die and come back.

use super::{
    WORLD_PAGE,
    chance::Chance,
    disk::{PageStore, Written},
    executor::{Nudge, PageId, World},
    mutants::Mutant,
    network::{Attempts, Network, PageSurroundings},
    scenario::Scenario,
    server::{PRODUCTS, Server},
};
use core::cell::{Cell, RefCell};
use evertill_domain::{
    Id, Quantity, TaxRate,
    cart::{Cart, CartProduct},
    id,
};
use evertill_protocol::terminal::TerminalTokens;
use evertill_sync::{
    engine::{Engine, Options, Wake},
    ports::fresh_id,
    rows::{Draft, Position},
    testing::{MemoryStore, run_ready, shop},
    till::{PreparedSale, Till},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Milliseconds without a heartbeat after which the sync lock is robbed.
const LEASE_MS: i64 = 30_000;

/// What a cashier saw as paid: written down outside the device.
#[derive(Clone, Debug)]
pub struct Paid {
    /// The sale.
    pub id: Id<id::Entry>,
    /// Its place.
    pub position: Position,
}

/// One device.
pub struct Device {
    /// Its number in the shop; clones have their own.
    pub number: u32,
    /// The terminal it is enrolled as.
    pub terminal: Id<id::Terminal>,
    /// Its database.
    pub disk: MemoryStore,
    /// Every entry that was ever committed here.
    pub written: Rc<RefCell<Written>>,
    /// Everything that was shown as paid.
    pub paid: RefCell<Vec<Paid>>,
    /// Positions whose rows were damaged.
    pub damaged: RefCell<BTreeSet<Position>>,
    /// When it tried to reach the ERP.
    pub attempts: Rc<Attempts>,
    /// Called after a round that may have changed the shown stock.
    pub changed_stock: Cell<bool>,
    /// Whether another device has a copy of its database.
    pub has_clone: Cell<bool>,
    lease: Cell<Option<(PageId, i64)>>,
    pages: RefCell<Vec<(PageId, Rc<Nudge>)>>,
}

/// What every device needs of its surroundings.
#[derive(Clone)]
pub struct Street {
    /// Time, chance, tasks.
    pub world: Rc<World>,
    /// The plan.
    pub scenario: Rc<Scenario>,
    /// The ERP.
    pub server: Rc<Server>,
    /// The mistake under test.
    pub mutant: Mutant,
}

impl Device {
    /// A device that enrols.
    pub fn enrol(street: &Street, number: u32, tokens: &TerminalTokens) -> Rc<Self> {
        let disk = MemoryStore::new();
        let till = Till::new(Rc::new(disk.clone()));
        run_ready(till.keep_tokens(tokens, street.world.now_ms())).expect("an empty database takes it");
        Rc::new(Self::over(number, tokens.terminal, disk))
    }

    fn over(number: u32, terminal: Id<id::Terminal>, disk: MemoryStore) -> Self {
        Self {
            number,
            terminal,
            disk,
            written: Rc::default(),
            paid: RefCell::default(),
            damaged: RefCell::default(),
            attempts: Rc::default(),
            changed_stock: Cell::new(false),
            has_clone: Cell::new(false),
            lease: Cell::new(None),
            pages: RefCell::default(),
        }
    }

    /// A second device with a copy of this one's database.
    pub fn cloned(&self, number: u32) -> Rc<Self> {
        let clone = Self::over(number, self.terminal, self.disk.image());
        self.has_clone.set(true);
        clone.has_clone.set(true);
        clone.written.borrow_mut().clone_from(&self.written.borrow());
        Rc::new(clone)
    }

    /// Opens a page.
    pub fn open_page(self: &Rc<Self>, street: &Street) {
        let page = PageId::try_from(street.world.number()).unwrap_or(PageId::MAX);
        let nudge = Rc::new(Nudge::default());
        self.pages.borrow_mut().push((page, Rc::clone(&nudge)));
        self.attempts.is_due(&street.world);
        street.world.spawn(page, Rc::clone(self).sell(street.clone(), page, Rc::clone(&nudge)));
        street.world.spawn(page, Rc::clone(self).synchronise(street.clone(), page, nudge));
    }

    /// Kills one of its pages, wherever it stands, and opens another some time later.
    pub fn crash(self: &Rc<Self>, street: &Street) {
        let page = self.pages.borrow_mut().pop();
        let Some((page, _)) = page else { return };
        street.world.fault("31 page killed");
        street.world.kill(page);
        let (device, street) = (Rc::clone(self), street.clone());
        let world = Rc::clone(&street.world);
        world.spawn(WORLD_PAGE, async move {
            street.world.sleep(street.world.chance.between(100, 60_000)).await;
            device.open_page(&street);
        });
    }

    /// Wakes every page: the network is back.
    pub fn wake(&self) {
        for (_, nudge) in self.pages.borrow().iter() {
            nudge.nudge();
        }
    }

    fn store(&self, street: &Street, page: PageId) -> Rc<PageStore> {
        Rc::new(PageStore {
            world: Rc::clone(&street.world),
            scenario: Rc::clone(&street.scenario),
            disk: self.disk.clone(),
            page,
            mutant: street.mutant,
            server: Rc::clone(&street.server),
            terminal: self.terminal,
            written: Rc::clone(&self.written),
        })
    }

    /// The cashier: fills carts, pays them, until the shop closes.
    async fn sell(self: Rc<Self>, street: Street, page: PageId, nudge: Rc<Nudge>) {
        let Street { world, scenario, .. } = &street;
        let till = Till::new(self.store(&street, page));
        let surroundings = PageSurroundings { world: Rc::clone(world) };
        loop {
            world.sleep(world.chance.between(1_000, scenario.sale_gap_s * 1000)).await;
            if scenario.is_quiet(world) {
                return;
            }
            // A cart that a page left behind is taken up again, as after a crash.
            let left_behind = till.drafts().await.ok().and_then(|drafts| drafts.into_iter().next());
            let draft = left_behind.filter(|_| scenario.pages == 1);
            let sale_id = draft.map_or_else(|| fresh_id(&surroundings), |draft| draft.id);
            let lines = basket(&world.chance);
            if world.chance.permille(300) {
                let draft = draft_of(sale_id, &lines, world.now_ms());
                if till.save_draft(&draft).await.is_err() {
                    continue;
                }
                world.sleep(world.chance.between(100, 20_000)).await;
            }
            let priced: Vec<(u32, i64, i64)> =
                lines.iter().map(|&(product, pieces)| (product, pieces, i64::from(product) * 100)).collect();
            let sale = shop::sale(&priced, world.now_ms());
            let prepared = PreparedSale::new(sale_id, &sale, shop::date()).expect("a short sale fits");
            // Pay is pressed again when it was refused, as a cashier would.
            for _ in 0..3 {
                if let Ok(sold) = till.complete_sale(prepared.clone(), &surroundings).await {
                    self.paid.borrow_mut().push(Paid { id: sold.id, position: sold.position });
                    world.mark(sold.position.seq);
                    nudge.nudge();
                    break;
                }
            }
        }
    }

    /// The engine, as a page drives it.
    async fn synchronise(self: Rc<Self>, street: Street, page: PageId, nudge: Rc<Nudge>) {
        let Street { world, scenario, server, mutant } = street.clone();
        let transport = Network {
            world: Rc::clone(&world),
            scenario: Rc::clone(&scenario),
            server: Rc::clone(&server),
            mutant,
            attempts: Rc::clone(&self.attempts),
            refused_ms: RefCell::default(),
        };
        let surroundings = PageSurroundings { world: Rc::clone(&world) };
        let options = Options { visible: !scenario.hidden, ..Options::default() };
        let engine = Engine::new(self.store(&street, page), transport, surroundings, options);
        let mut wake = Wake::Start;
        loop {
            if !self.take_lease(&street, page) {
                world.sleep(5_000).await;
                continue;
            }
            let round = engine.round(wake).await;
            self.lease.set(self.lease.get().filter(|(holder, _)| *holder != page));
            if round.changed.stock {
                self.changed_stock.set(true);
            }
            let rest_ms = round.next_attempt_in_ms.unwrap_or(60_000).max(1);
            let attempted = round.reached.is_some() || round.complete || round.trouble.is_some();
            let nudged = nudge.wait(&world, rest_ms).await;
            // A nudge that came too early for an attempt still stands, as in the page's own driver.
            let still_stands = !attempted && wake == Wake::NewSale;
            wake = if nudged || still_stands { Wake::NewSale } else { Wake::Timer };
        }
    }

    /// Takes the sync lock if it is free, its holder is gone, or its heartbeat is old. A round of many exchanges
    /// may outlast its lease: then two send at once, which must be harmless.
    fn take_lease(&self, street: &Street, page: PageId) -> bool {
        let now_ms = street.world.now_ms();
        let free = match self.lease.get() {
            None => true,
            Some((holder, since_ms)) => {
                holder == page || !street.world.is_alive(holder) || now_ms - since_ms > LEASE_MS
            }
        };
        if free {
            self.lease.set(Some((page, now_ms)));
        } else if street.scenario.no_lease {
            street.world.fault("40 two senders at once");
            return true;
        }
        free
    }
}

/// Some products with their pieces; the last product is asked for by everybody and there is one of it.
fn basket(chance: &Chance) -> Vec<(u32, i64)> {
    let mut basket = BTreeMap::new();
    for _ in 0..chance.between(1, 3) {
        let number = u32::try_from(chance.between(1, u64::from(PRODUCTS))).unwrap_or(1);
        basket.insert(number, i64::try_from(chance.between(1, 3)).unwrap_or(1));
    }
    basket.into_iter().collect()
}

fn draft_of(sale_id: Id<id::Entry>, lines: &[(u32, i64)], now_ms: i64) -> Draft {
    let mut cart = Cart::default();
    for &(number, pieces) in lines {
        let product = CartProduct {
            id: super::server::product(number),
            sku: format!("SKU-{number}"),
            name: format!("Product number {number}"),
            unit_price_minor: i64::from(number) * 100,
            tax_rate: TaxRate::from_ppm(200_000).expect("a rate"),
            weighed: false,
        };
        let quantity = Quantity::from_units(pieces).expect("a few pieces");
        cart.add(product, quantity).expect("a small cart takes a few pieces");
    }
    Draft { id: sale_id, opened_at_ms: now_ms, changed_at_ms: now_ms, cart, tenders: Vec::new() }
}
