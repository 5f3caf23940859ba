//! The ERP of the simulation: the ledger's own decisions behind the routes of the protocol, tokens as the
//! protocol says, and a notebook of what it answered, which only the checkers read.

use super::{executor::World, mutants::Mutant, scenario::Scenario};
use core::cell::{Cell, RefCell};
use evertill_domain::{Currency, Id, TaxRate, id, stock::StockPolicy};
use evertill_ledger::{
    memory::{Erp, Refused},
    renewal::{self, Known, Renewal},
};
use evertill_protocol::{
    Entry, Hash,
    body::SaleV1,
    changes::{OutletDoc, ProductDoc},
    problem::Problem,
    terminal::{Right, TerminalTokens, TokenRequest},
    upload::{Outcome, Upload, UploadAnswer},
};
use evertill_sync::{
    ports::{Request, Response},
    testing::shop,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    rc::Rc,
};
use uuid::Uuid;

/// Products on sale at the beginning. The last one has a single piece in stock.
pub const PRODUCTS: u32 = 6;
/// What the ERP has of each other product, thousandths.
const OPENING_MILLI: i64 = 200_000;
/// How long an access token lives.
const ACCESS_MS: i64 = 900_000;

/// Stock by product as it would be if a terminal had sold nothing, in the moment of an answer.
pub type Base = BTreeMap<Id<id::Product>, i64>;

/// What the server wrote down for the checkers.
#[derive(Default)]
pub struct Notebook {
    /// By terminal and cursor: see [`Base`].
    pub bases: HashMap<(Id<id::Terminal>, String), Base>,
    /// Every entry for which the ERP gave an outcome other than `retry`, with the hash it was received with.
    pub kept: Vec<(Id<id::Entry>, Hash)>,
    /// Bodies of answers to uploads, for a network that gives an old answer to a new request.
    pub old_answers: Vec<Vec<u8>>,
    /// Entries that came with the id of a booked one and other bytes.
    pub forged: Vec<Forged>,
    /// When it was last asked, milliseconds after the start.
    asked_ms: VecDeque<i64>,
}

/// An entry with the id of another.
pub struct Forged {
    /// That id.
    pub id: Id<id::Entry>,
    /// Hash of the one that was booked.
    pub first: Hash,
    /// Hash of the one that came after.
    pub other: Hash,
    /// Under which it is kept.
    pub reference: u64,
}

/// The newest token number of each (terminal, epoch).
type Renewals = BTreeMap<(Id<id::Terminal>, u32), i64>;

/// The server.
pub struct Server {
    world: Rc<World>,
    mutant: Mutant,
    /// The ERP.
    pub erp: RefCell<Erp>,
    /// What it wrote down.
    pub notebook: RefCell<Notebook>,
    renewals: RefCell<Renewals>,
    answered: RefCell<HashMap<Uuid, TerminalTokens>>,
    backup: RefCell<Option<(Erp, Renewals, usize)>>,
    /// Whether it ever went back to a backup.
    pub was_restored: Cell<bool>,
}

/// Who calls, by the token's claims.
#[derive(Clone, Copy)]
struct Caller {
    terminal: Id<id::Terminal>,
    epoch: u32,
}

impl Server {
    /// An ERP with its tills enrolled and goods in stock.
    pub fn new(world: Rc<World>, scenario: &Scenario, mutant: Mutant) -> Rc<Self> {
        let rate = TaxRate::from_ppm(200_000).expect("20 % is a rate");
        let doc = OutletDoc {
            name: "Simulated".into(),
            currency: "GBP".parse::<Currency>().expect("a currency"),
            locale: "en-GB".into(),
            time_zone: "Europe/London".into(),
            tzif: String::new(),
            cutoff_hour: 0,
            default_tax_rate_ppm: rate,
            stock_policy: StockPolicy::Warn,
            address: Vec::new(),
            tax_id: None,
        };
        let mut erp = Erp::new(Uuid::from_u128(0xfeed), shop::id(0x0a00_0001), doc);
        if let Some(mistake) = mutant.of_the_ledger() {
            erp.make_mistake(mistake);
        }
        for number in 1..=PRODUCTS {
            erp.put_product(product(number), product_doc(number, 100 * i64::from(number)));
            erp.move_stock(product(number), if number == PRODUCTS { 1000 } else { OPENING_MILLI });
        }
        for number in 1..=scenario.tills {
            erp.enrol(shop::tokens(number, 1).terminal, world.now_ms());
        }
        Rc::new(Self {
            world,
            mutant,
            erp: RefCell::new(erp),
            notebook: RefCell::default(),
            renewals: RefCell::default(),
            answered: RefCell::default(),
            backup: RefCell::default(),
            was_restored: Cell::new(false),
        })
    }

    /// The tokens that enrolment answers.
    pub fn enrolment(&self, number: u32, epoch: u32) -> TerminalTokens {
        let terminal = shop::tokens(number, epoch).terminal;
        self.renewals.borrow_mut().insert((terminal, epoch), 1);
        self.tokens(&format!("T{number}"), Caller { terminal, epoch }, 1)
    }

    /// Keeps the present state.
    pub fn back_up(&self) {
        let forged = self.notebook.borrow().forged.len();
        *self.backup.borrow_mut() = Some((self.erp.borrow().clone(), self.renewals.borrow().clone(), forged));
    }

    /// Goes back to the backup, if there is one.
    pub fn restore(&self) {
        if let Some((backup, renewals, forged)) = self.backup.borrow_mut().take() {
            self.world.fault("23 ERP restored from a backup");
            self.was_restored.set(true);
            self.notebook.borrow_mut().forged.truncate(forged);
            self.erp.borrow_mut().restore(backup);
            *self.renewals.borrow_mut() = renewals;
        }
    }

    /// Takes a request and answers it.
    pub fn handle(&self, request: &Request) -> Response {
        self.erp.borrow_mut().look_at_clock(self.world.now_ms());
        let (route, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let limit = parameter("limit").and_then(|limit| limit.parse().ok());
        if route == "/api/terminals/token" {
            return self.renew(request);
        }
        let caller = match self.caller(request.bearer.as_deref()) {
            Ok(caller) => caller,
            Err(refused) => return problem(refused),
        };
        match route {
            "/api/sync/sales" => self.upload(caller, request.body.as_deref().unwrap_or("")),
            "/api/sync/changes" => {
                let cursor = parameter("cursor").unwrap_or("");
                match self.erp.borrow().changes(caller.terminal, cursor, limit) {
                    Ok(page) => {
                        if !page.more {
                            self.note_base(caller, &page.next);
                        }
                        json(&page)
                    }
                    Err(refused) => problem(refused),
                }
            }
            "/api/sync/snapshot" => {
                let after = parameter("after");
                self.erp
                    .borrow()
                    .snapshot(caller.terminal, after, limit)
                    .map_or_else(problem, |page| json(&page))
            }
            _ => problem(Refused { status: 404, code: "not_found" }),
        }
    }

    fn caller(&self, bearer: Option<&str>) -> Result<Caller, Refused> {
        let unauthorised = Refused { status: 401, code: "unauthorized" };
        let parts: Vec<&str> = bearer.unwrap_or("").split('/').collect();
        let ["access", terminal, epoch, until_ms] = parts[..] else { return Err(unauthorised) };
        let until_ms: i64 = until_ms.parse().map_err(|_| unauthorised)?;
        if until_ms <= self.world.now_ms() {
            return Err(unauthorised);
        }
        let terminal = terminal.parse().map_err(|_| unauthorised)?;
        let caller = Caller { terminal, epoch: epoch.parse().map_err(|_| unauthorised)? };
        self.recreate(caller);
        Ok(caller)
    }

    /// A validly signed token proves that its epoch, and each before it, was issued.
    fn recreate(&self, caller: Caller) {
        let mut erp = self.erp.borrow_mut();
        for epoch in 1..=caller.epoch {
            if erp.journal((caller.terminal, epoch)).is_none() {
                erp.recreate(caller.terminal, "T?", epoch);
            }
        }
    }

    fn upload(&self, caller: Caller, body: &str) -> Response {
        let loses = self.mutant == Mutant::AcksBeforeCommit && self.world.chance.permille(30);
        let before = loses.then(|| self.erp.borrow().clone());
        let answer = self.erp.borrow_mut().upload(caller.terminal, body.as_bytes(), self.world.now_ms());
        let answer = match answer {
            Ok(answer) => answer,
            Err(refused) => return problem(refused),
        };
        if let Some(before) = before {
            *self.erp.borrow_mut() = before;
        } else if self.mutant == Mutant::BooksTwice {
            self.book_again(&answer);
        }
        let mut notebook = self.notebook.borrow_mut();
        let erp = self.erp.borrow();
        for result in answer.results.iter().filter(|result| result.outcome != Outcome::Retry) {
            let reference = result.reference.as_ref().and_then(|text| text.parse::<usize>().ok());
            let row = reference.and_then(|reference| erp.inbox().get(reference.checked_sub(1)?));
            if let Some(row) = row
                && let Some(id) = row.kept.id
            {
                notebook.kept.push((id, row.kept.computed));
            }
        }
        let response = json(&answer);
        if notebook.old_answers.len() < 50 {
            notebook.old_answers.push(response.body.clone());
        }
        response
    }

    /// How many requests came within the last second, this one included.
    pub fn asked_within_a_second(&self) -> usize {
        let now_ms = self.world.elapsed_ms();
        let asked = &mut self.notebook.borrow_mut().asked_ms;
        asked.push_back(now_ms);
        while asked.front().is_some_and(|at| now_ms - at >= 1000) {
            asked.pop_front();
        }
        asked.len()
    }

    /// Somebody sends a booked entry of this upload again with other bytes and a hash that fits them.
    pub fn forge(&self, request: &Request) {
        let upload: Option<Upload> = request.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        let Some(upload) = upload.filter(|_| request.path == "/api/sync/sales") else { return };
        let first = upload.entries.iter().find(|entry| {
            let erp = self.erp.borrow();
            erp.inbox().iter().any(|row| {
                row.kept.id == Some(entry.id) && row.kept.computed == entry.hash && row.kept.state.is_booked()
            })
        });
        let Some(first) = first else { return };
        let mut body: SaleV1 =
            serde_json::from_str(&first.body).expect("the simulated till makes sales alone");
        body.opened_at += 1;
        let mut other =
            Entry { body: serde_json::to_string(&body).expect("a sale is JSON"), ..first.clone() };
        other.hash = other.computed_hash(upload.terminal, upload.epoch);
        let (id, first, hash) = (first.id, first.hash, other.hash);
        let again = Upload { entries: vec![other], lost: Vec::new(), head: 0, acked_through: 0, ..upload };
        let text = serde_json::to_vec(&again).expect("an upload is JSON");
        let answer = self.erp.borrow_mut().upload(again.terminal, &text, self.world.now_ms());
        let result = answer.ok().and_then(|answer| answer.results.into_iter().next());
        match result.filter(|result| result.outcome == Outcome::Conflict) {
            Some(result) => {
                let reference = result.reference.and_then(|text| text.parse().ok()).unwrap_or(0);
                self.notebook.borrow_mut().forged.push(Forged { id, first, other: hash, reference });
            }
            None => self.world.violated(format!("I5: other bytes under the id {id} were no conflict")),
        }
    }

    fn book_again(&self, answer: &UploadAnswer) {
        let mut erp = self.erp.borrow_mut();
        let duplicates = answer.results.iter().filter(|result| result.outcome == Outcome::Duplicate);
        for result in duplicates {
            let sale = erp.sales().iter().find(|sale| sale.id.uuid() == result.id).cloned();
            for line in sale.iter().flat_map(|sale| &sale.sale.lines) {
                erp.move_stock(line.product, -line.quantity.milli());
            }
        }
    }

    fn note_base(&self, caller: Caller, cursor: &str) {
        let erp = self.erp.borrow();
        let mut base: Base = erp.products().keys().map(|product| (*product, erp.on_hand(*product))).collect();
        for sale in erp.sales().iter().filter(|sale| sale.terminal == caller.terminal) {
            for line in &sale.sale.lines {
                *base.entry(line.product).or_default() += line.quantity.milli();
            }
        }
        self.notebook.borrow_mut().bases.insert((caller.terminal, cursor.to_owned()), base);
    }

    fn renew(&self, request: &Request) -> Response {
        let unauthorised = || problem(Refused { status: 401, code: "unauthorized" });
        let asked: Option<TokenRequest> =
            request.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        let Some(asked) = asked else { return unauthorised() };
        if let Some(tokens) = self.answered.borrow().get(&asked.ask) {
            return json(tokens);
        }
        let parts: Vec<&str> = asked.refresh_token.split('/').collect();
        let ["refresh", terminal, epoch, number] = parts[..] else { return unauthorised() };
        let (Ok(terminal), Ok(epoch), Ok(number)) = (terminal.parse(), epoch.parse(), number.parse::<i64>())
        else {
            return unauthorised();
        };
        let caller = Caller { terminal, epoch };
        self.recreate(caller);
        let forked = self.erp.borrow().journal((terminal, epoch)).is_some_and(|journal| journal.forked);
        let mut renewals = self.renewals.borrow_mut();
        let known = Known { number: renewals.get(&(terminal, epoch)).copied().unwrap_or(0), forked };
        let (epoch, number) = match renewal::renew(known, number) {
            Renewal::GoOn(number) => (epoch, number),
            fork => {
                self.world.fault(if fork == Renewal::Forked {
                    "16 fresh epoch after a fork"
                } else {
                    "16 fresh epoch for a clone"
                });
                (self.erp.borrow_mut().leave_epoch(terminal, epoch, self.world.now_ms()), 1)
            }
        };
        renewals.insert((terminal, epoch), number);
        let tokens = self.tokens("T?", Caller { terminal, epoch }, number);
        self.answered.borrow_mut().insert(asked.ask, tokens.clone());
        json(&tokens)
    }

    fn tokens(&self, short_code: &str, caller: Caller, number: i64) -> TerminalTokens {
        let Caller { terminal, epoch } = caller;
        TerminalTokens {
            terminal,
            short_code: short_code.to_owned(),
            epoch,
            outlet: shop::id(0x0a00_0001),
            right: Right::Sell,
            access_token: format!("access/{terminal}/{epoch}/{}", self.world.now_ms() + ACCESS_MS),
            expires_in_s: 900,
            refresh_token: format!("refresh/{terminal}/{epoch}/{number}"),
        }
    }
}

/// The product with this number, as [`shop::sale`] sells it.
pub fn product(number: u32) -> Id<id::Product> {
    shop::id(0x9000_0000 + u128::from(number))
}

/// Its document.
pub fn product_doc(number: u32, price_minor: i64) -> ProductDoc {
    ProductDoc {
        sku: format!("SKU-{number}"),
        name: format!("Product number {number}"),
        barcodes: Vec::new(),
        category: None,
        price_minor,
        tax_rate_ppm: TaxRate::from_ppm(200_000).expect("a rate"),
        weighed: false,
    }
}

fn json(answer: &impl Serialize) -> Response {
    Response {
        status: 200,
        content_type: Some("application/json".to_owned()),
        retry_after: None,
        body: serde_json::to_vec(answer).expect("answers are JSON"),
    }
}

fn problem(refused: Refused) -> Response {
    let problem = Problem { status: refused.status, code: refused.code.to_owned(), ..Problem::default() };
    Response {
        status: refused.status,
        content_type: Some("application/problem+json".to_owned()),
        retry_after: None,
        body: serde_json::to_vec(&problem).expect("a problem is JSON"),
    }
}
