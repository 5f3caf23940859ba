//! The network between a page and the ERP: it loses, delays, doubles, cuts off and answers for others.

use super::{executor::World, mutants::Mutant, scenario::Scenario, server::Server};
use core::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
};
use evertill_protocol::upload::{EntryResult, Outcome, Upload, UploadAnswer};
use evertill_sync::engine::course::ORDERED_MAX;
use evertill_sync::ports::{Request, Response, Surroundings, Transport, TransportError};
use std::{collections::VecDeque, rc::Rc};

/// One page's way to the ERP.
pub struct Network {
    pub(super) world: Rc<World>,
    pub(super) scenario: Rc<Scenario>,
    pub(super) server: Rc<Server>,
    pub(super) mutant: Mutant,
    /// What this device tried.
    pub(super) attempts: Rc<Attempts>,
    /// When this page was last told that the ERP is busy, milliseconds after the start.
    pub(super) refused_ms: RefCell<VecDeque<i64>>,
}

/// When a device tried to reach the ERP, as its transport saw it: what the engine says of itself proves nothing.
#[derive(Default)]
pub struct Attempts {
    /// When the first request went out after the quiet began, milliseconds after the start.
    pub first_ms: Cell<Option<i64>>,
    /// From when on that had to happen: the quiet, the answer to a request that was under way then, or a page's start.
    pub since_ms: Cell<i64>,
    /// Until when the ERP told it to wait.
    pub ordered_until_ms: Cell<i64>,
    /// When the first request went out after a crowd's network came back.
    pub back_ms: Cell<Option<i64>>,
    /// Requests under way.
    pub asking: Cell<u32>,
    uploads: Cell<u32>,
}

impl Attempts {
    /// From now on a page is open that has to try.
    pub fn is_due(&self, world: &World) {
        if self.first_ms.get().is_none() {
            self.since_ms.set(world.elapsed_ms().max(self.since_ms.get()));
        }
    }

    fn begins(&self, world: &World, scenario: &Scenario) {
        let now_ms = world.elapsed_ms();
        if scenario.is_quiet(world) && self.first_ms.get().is_none() {
            self.first_ms.set(Some(now_ms));
        }
        if scenario.crowd.is_some_and(|(back_ms, _)| now_ms >= back_ms) && self.back_ms.get().is_none() {
            self.back_ms.set(Some(now_ms));
        }
    }

    fn ends(&self, world: &World, scenario: &Scenario, answer: &Result<Response, TransportError>) {
        // One that was under way when all was well again and got its answer was an attempt of its own. One that hung
        // until it was given up is no excuse.
        if scenario.is_quiet(world) && answer.is_ok() {
            self.is_due(world);
        }
        if let Ok(Response { status: 429 | 503, retry_after: Some(text), .. }) = answer
            && let Some(wait) = evertill_sync::engine::retry_after::parse(text, world.now_ms())
        {
            let wait_ms = i64::try_from(wait.min(ORDERED_MAX).as_millis()).unwrap_or(0);
            self.ordered_until_ms.set((world.elapsed_ms() + wait_ms).max(self.ordered_until_ms.get()));
        }
    }
}

/// A request under way, until its future is done or dropped.
struct UnderWay(Rc<Attempts>, fn(&Attempts) -> &Cell<u32>);

impl UnderWay {
    fn begins(attempts: &Rc<Attempts>, which: fn(&Attempts) -> &Cell<u32>) -> Self {
        which(attempts).set(which(attempts).get() + 1);
        Self(Rc::clone(attempts), which)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let count = (self.1)(&self.0);
        count.set(count.get() - 1);
    }
}

/// How often a page may ask a busy ERP within this long. Triggers come every 2 s at most; the rest is jitter.
const PACE_MOST: usize = 25;
const PACE_WITHIN_MS: i64 = 10_000;

/// One page's clock and chance.
#[derive(Clone)]
pub struct PageSurroundings {
    pub(super) world: Rc<World>,
}

impl Surroundings for PageSurroundings {
    fn now_ms(&self) -> i64 {
        self.world.now_ms()
    }
    fn random(&self) -> u128 {
        u128::from(self.world.chance.bits()) << 64 | u128::from(self.world.chance.bits())
    }
    async fn sleep(&self, milliseconds: u64) {
        self.world.sleep(milliseconds).await;
    }
}

/// What happens to a request beside being answered.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    LostBefore,
    AnswerLost,
    AnswerCut,
    DoubledAtOnce,
    DoubledLater,
    Overtaken,
    Portal,
    Omission,
    OldAnswer,
    Failure(u16),
    Busy,
    Stalled,
    Forged,
}

const FATES: [(Fate, &str); 15] = [
    (Fate::LostBefore, "1 request lost before the server"),
    (Fate::AnswerLost, "2 answer lost after commit"),
    (Fate::AnswerCut, "3 answer cut off"),
    (Fate::DoubledAtOnce, "4 request doubled at once"),
    (Fate::DoubledLater, "4 request doubled hours later"),
    (Fate::Overtaken, "5 batch overtaken by the next"),
    (Fate::Portal, "6 captive portal"),
    (Fate::Omission, "7 entry without an outcome, or retry"),
    (Fate::OldAnswer, "7 answer of another batch"),
    (Fate::Failure(500), "8 status 500"),
    (Fate::Failure(502), "8 status 502"),
    (Fate::Busy, "8 status 503 or 429 with an absurd Retry-After"),
    (Fate::Stalled, "11 stalled connection"),
    (Fate::AnswerLost, "2 answer lost after commit"),
    (Fate::Forged, "15 same id, other bytes"),
];

impl Transport for Network {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let timeout_ms = u64::from(request.timeout_ms);
        let sent = request.body.clone().filter(|_| request.path == "/api/sync/sales");
        self.attempts.begins(&self.world, &self.scenario);
        let _asks = UnderWay::begins(&self.attempts, |attempts| &attempts.asking);
        let _uploads = sent.is_some().then(|| UnderWay::begins(&self.attempts, |attempts| &attempts.uploads));
        if sent.is_none() && self.attempts.uploads.get() > 0 {
            self.world.fault("28 pull while a push is on its way");
        }
        let mut exchange = Box::pin(self.exchange(request));
        let mut timeout = Box::pin(self.world.sleep(timeout_ms));
        let answer = poll_fn(|context| {
            if let core::task::Poll::Ready(answer) = exchange.as_mut().poll(context) {
                return core::task::Poll::Ready(answer);
            }
            timeout.as_mut().poll(context).map(|()| Err(TransportError::Timeout))
        })
        .await;
        self.note_pace(&answer);
        self.attempts.ends(&self.world, &self.scenario, &answer);
        match sent {
            Some(sent) => self.mistake(&sent, answer),
            None => answer.map(|answer| self.strip_included(answer)),
        }
    }
}

impl Network {
    /// A server that says it is busy is not asked in a circle, whatever it says of when to come back.
    fn note_pace(&self, answer: &Result<Response, TransportError>) {
        let Ok(Response { status: 429 | 503, .. }) = answer else { return };
        let now_ms = self.world.elapsed_ms();
        let mut refused = self.refused_ms.borrow_mut();
        refused.push_back(now_ms);
        while refused.front().is_some_and(|at| now_ms - at > PACE_WITHIN_MS) {
            refused.pop_front();
        }
        if refused.len() > PACE_MOST {
            self.world.violated(format!("pace: a busy ERP was asked {} times within 10 s", refused.len()));
        }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let (world, scenario) = (&self.world, &self.scenario);
        world.sleep(world.chance.between(1, 40)).await;
        if scenario.outages.iter().any(|&(from, to)| scenario.during(world, from, to)) {
            world.fault("no network at all");
            return Err(TransportError::Unreachable("no route".to_owned()));
        }
        if scenario.crowd.is_some_and(|(from, most)| {
            scenario.during(world, from, i64::MAX) && self.server.asked_within_a_second() > most
        }) {
            world.fault("8 an ERP that has too much to do");
            return Ok(Response { retry_after: self.retry_after(), ..html(503) });
        }
        if scenario.portal.is_some_and(|(from, to)| scenario.during(world, from, to)) {
            world.fault("6 captive portal");
            return Ok(html(200));
        }
        if let Some((from, to, status)) = scenario.storm
            && scenario.during(world, from, to)
        {
            world.fault("8 storm of errors");
            return Ok(Response { retry_after: self.retry_after(), ..html(status) });
        }
        if let Some((from, to, limit)) = scenario.proxy_limit
            && scenario.during(world, from, to)
            && request.body.as_ref().is_some_and(|body| body.len() > limit)
        {
            world.fault("10 413 from a proxy");
            return Ok(html(413));
        }
        let strikes = !scenario.is_quiet(world) && world.chance.permille(scenario.network_permille);
        if !strikes {
            let response = self.server.handle(&request);
            world.sleep(world.chance.between(1, 40)).await;
            return Ok(response);
        }
        let (fate, name) = *world.chance.pick(&FATES);
        world.fault(name);
        self.suffer(fate, request).await
    }

    async fn suffer(&self, fate: Fate, request: Request) -> Result<Response, TransportError> {
        let world = &self.world;
        let broken = || Err(TransportError::Unreachable("the connection broke".to_owned()));
        match fate {
            Fate::LostBefore => broken(),
            Fate::AnswerLost => {
                drop(self.server.handle(&request));
                broken()
            }
            Fate::AnswerCut => {
                let mut response = self.server.handle(&request);
                let length = response.body.len();
                response.body.truncate(length / 2);
                Ok(response)
            }
            Fate::DoubledAtOnce => {
                drop(self.server.handle(&request));
                Ok(self.server.handle(&request))
            }
            Fate::DoubledLater => {
                self.deliver_late(request.clone(), world.chance.between(60_000, 7_200_000));
                Ok(self.server.handle(&request))
            }
            Fate::Overtaken => {
                self.deliver_late(request, world.chance.between(100, 120_000));
                broken()
            }
            Fate::Forged => {
                let response = self.server.handle(&request);
                self.server.forge(&request);
                Ok(response)
            }
            Fate::Portal => Ok(html(200)),
            Fate::Omission => Ok(self.omit(&request)),
            Fate::OldAnswer => {
                let notebook = self.server.notebook.borrow();
                let Some(at) = notebook.old_answers.len().checked_sub(1) else { return broken() };
                let at = world.chance.between(0, at as u64);
                let body = notebook.old_answers[usize::try_from(at).unwrap_or(0)].clone();
                Ok(Response { content_type: Some("application/json".to_owned()), body, ..html(200) })
            }
            Fate::Failure(status) => Ok(html(status)),
            Fate::Busy => {
                let status = *world.chance.pick(&[503, 429]);
                Ok(Response { retry_after: self.retry_after(), ..html(status) })
            }
            Fate::Stalled => {
                world.sleep(world.chance.between(5_000, 90_000)).await;
                Ok(self.server.handle(&request))
            }
        }
    }

    /// What a busy server says of when to come back: sensible or absurd, in the past, or nothing at all.
    fn retry_after(&self) -> Option<String> {
        const TEXTS: [&str; 8] = [
            "86400",
            "Wed, 21 Oct 2099 07:28:00 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "0",
            "120",
            "soon",
            "-1",
            "",
        ];
        let text = *self.world.chance.pick(&TEXTS);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A copy of the request that arrives whether anybody still waits for it or not.
    fn deliver_late(&self, request: Request, after_ms: u64) {
        let (world, server) = (Rc::clone(&self.world), Rc::clone(&self.server));
        self.world.spawn(super::WORLD_PAGE, async move {
            world.sleep(after_ms).await;
            drop(server.handle(&request));
        });
    }

    /// The server is kept from seeing some entries; its answer says `retry` for them, or nothing.
    fn omit(&self, request: &Request) -> Response {
        let upload: Option<Upload> = request.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        let Some(mut upload) = upload.filter(|_| request.path == "/api/sync/sales") else {
            return self.server.handle(request);
        };
        let mut kept_back = Vec::new();
        upload.entries.retain(|entry| {
            let keeps = self.world.chance.permille(600);
            if !keeps {
                kept_back.push((entry.seq, entry.id.uuid()));
            }
            keeps
        });
        let body = serde_json::to_string(&upload).expect("an upload is JSON");
        let mut response = self.server.handle(&Request { body: Some(body), ..request.clone() });
        if let Ok(mut answer) = serde_json::from_slice::<UploadAnswer>(&response.body)
            && self.world.chance.permille(500)
        {
            let outcome = Outcome::Retry;
            answer.results.extend(kept_back.into_iter().map(|(seq, id)| EntryResult {
                seq,
                id,
                outcome,
                code: None,
                reference: None,
                retry_after_ms: None,
            }));
            response.body = serde_json::to_vec(&answer).expect("an answer is JSON");
        }
        response
    }

    /// What a mistaken engine would make of an answer.
    fn mistake(
        &self,
        sent: &str,
        answer: Result<Response, TransportError>,
    ) -> Result<Response, TransportError> {
        let Ok(upload) = serde_json::from_str::<Upload>(sent) else { return answer };
        let accepted = |entry: &evertill_protocol::Entry| EntryResult {
            seq: entry.seq,
            id: entry.id.uuid(),
            outcome: Outcome::Accepted,
            code: None,
            reference: None,
            retry_after_ms: None,
        };
        let mut response = answer?;
        if self.mutant == Mutant::TakesFailureForSuccess && response.status >= 500 {
            let answer = UploadAnswer {
                batch: upload.batch,
                server_time: 0,
                results: upload.entries.iter().map(accepted).collect(),
                have: evertill_protocol::upload::Have::default(),
                durable_through: 0,
                directives: evertill_protocol::upload::Directives::default(),
            };
            let body = serde_json::to_vec(&answer).expect("an answer is JSON");
            return Ok(Response { content_type: Some("application/json".to_owned()), body, ..html(200) });
        }
        let Ok(mut answer) = serde_json::from_slice::<UploadAnswer>(&response.body) else {
            return Ok(response);
        };
        match self.mutant {
            Mutant::IgnoresBatch if answer.batch != upload.batch => {
                answer.batch = upload.batch;
                for (result, entry) in answer.results.iter_mut().zip(&upload.entries) {
                    (result.seq, result.id) = (entry.seq, entry.id.uuid());
                }
            }
            Mutant::TakesSilenceForSuccess => {
                answer.results.retain(|result| result.outcome != Outcome::Retry);
                for entry in &upload.entries {
                    if !answer.results.iter().any(|result| result.id == entry.id.uuid()) {
                        answer.results.push(accepted(entry));
                    }
                }
            }
            Mutant::IgnoresResend => {
                answer.directives.resend_from = None;
                answer.have.missing.clear();
            }
            _ => return Ok(response),
        }
        response.body = serde_json::to_vec(&answer).expect("an answer is JSON");
        Ok(response)
    }

    fn strip_included(&self, mut response: Response) -> Response {
        if self.mutant == Mutant::IgnoresIncluded
            && let Ok(mut page) =
                serde_json::from_slice::<evertill_protocol::changes::ChangesPage>(&response.body)
        {
            page.included.clear();
            response.body = serde_json::to_vec(&page).expect("a page is JSON");
        }
        response
    }
}

fn html(status: u16) -> Response {
    Response {
        status,
        content_type: Some("text/html".to_owned()),
        retry_after: None,
        body: b"<!doctype html><title>Sign in to the network</title>".to_vec(),
    }
}
