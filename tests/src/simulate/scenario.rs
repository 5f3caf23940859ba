//! What one seed makes happen: how many tills, how long, which faults and how often.

use super::executor::World;

const MINUTE_MS: i64 = 60_000;

/// Tills of a whole street.
pub const CROWD: u32 = 200;
/// How many of a thousand seeds are about such a street.
const CROWDS_PERMILLE: u64 = 12;

/// One seed's plan.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Terminals.
    pub tills: u32,
    /// Tabs of each till.
    pub pages: u32,
    /// When the shop closes and every fault ends, milliseconds after the start.
    pub quiet_from_ms: i64,
    /// Most seconds between two sales.
    pub sale_gap_s: u64,
    /// How often a request meets a fault, per mille.
    pub network_permille: u64,
    /// How often a database transaction fails, per mille.
    pub disk_permille: u64,
    /// When nobody reaches the ERP: from, to, milliseconds after the start.
    pub outages: Vec<(i64, i64)>,
    /// Whether a whole street of tills comes back in the same second: when, milliseconds after the start. From then
    /// on the ERP takes so many requests a second and turns the others away.
    pub crowd: Option<(i64, usize)>,
    /// Whether nobody looks at the pages.
    pub hidden: bool,
    /// When a captive portal answers.
    pub portal: Option<(i64, i64)>,
    /// When the ERP answers nothing but errors, and which.
    pub storm: Option<(i64, i64, u16)>,
    /// The most bytes that a proxy lets through, and while when.
    pub proxy_limit: Option<(i64, i64, usize)>,
    /// Whether pages are killed.
    pub kills: bool,
    /// Whether tabs send without asking who holds the lock.
    pub no_lease: bool,
    /// When a device image is cloned.
    pub clone_at_ms: Option<i64>,
    /// When pending rows of a device are damaged.
    pub damage_at_ms: Option<i64>,
    /// When the ERP is backed up, and when it is restored.
    pub restore: Option<(i64, i64)>,
}

impl Scenario {
    /// The plan of the world's seed.
    pub fn draw(world: &World) -> Self {
        let plan = Self::draw_shop(world);
        if !world.chance.permille(CROWDS_PERMILLE) {
            return plan;
        }
        // A short day without a network, and all that else goes wrong is that they are so many.
        let back_ms = 8 * MINUTE_MS;
        Self {
            tills: CROWD,
            pages: 1,
            quiet_from_ms: 16 * MINUTE_MS,
            sale_gap_s: 240,
            disk_permille: 0,
            outages: vec![(MINUTE_MS, back_ms)],
            crowd: Some((back_ms, 60)),
            portal: None,
            storm: None,
            proxy_limit: None,
            kills: false,
            no_lease: false,
            clone_at_ms: None,
            damage_at_ms: None,
            restore: None,
            ..plan
        }
    }

    fn draw_shop(world: &World) -> Self {
        let chance = &world.chance;
        let minutes =
            |low: u64, high: u64| i64::try_from(chance.between(low, high)).unwrap_or(i64::MAX) * MINUTE_MS;
        let often = |permille: u64| chance.permille(permille);
        let length_ms = minutes(10, 120);
        let length = u64::try_from(length_ms / MINUTE_MS).unwrap_or(1);
        let span = |most: u64| {
            let from = minutes(0, length);
            (from, from + minutes(1, most))
        };
        let outages = (0..chance.between(0, 3)).map(|_| span(45)).collect();
        Self {
            tills: u32::try_from(chance.between(1, 4)).unwrap_or(1),
            pages: if often(250) { 2 } else { 1 },
            quiet_from_ms: length_ms,
            sale_gap_s: chance.between(40, 600),
            network_permille: *chance.pick(&[0, 20, 150, 400]),
            disk_permille: *chance.pick(&[0, 0, 20, 80]),
            outages,
            crowd: None,
            hidden: often(300),
            portal: often(250).then(|| span(20)),
            storm: often(300).then(|| {
                let (from, to) = span(20);
                (from, to, *chance.pick(&[500, 502, 503, 429, 404]))
            }),
            proxy_limit: often(200).then(|| {
                let (from, to) = span(60);
                (from, to, usize::try_from(chance.between(1, 12) * 1000).unwrap_or(1000))
            }),
            kills: often(500),
            no_lease: often(150),
            clone_at_ms: often(150).then(|| minutes(1, length)),
            damage_at_ms: often(150).then(|| minutes(1, length)),
            restore: often(200).then(|| {
                let backup = minutes(0, length);
                (backup, backup + minutes(1, 40))
            }),
        }
    }

    /// Whether the shop is closed and nothing goes wrong any more.
    pub fn is_quiet(&self, world: &World) -> bool {
        world.elapsed_ms() >= self.quiet_from_ms
    }

    /// How often a transaction fails now.
    pub fn disk_failures(&self, world: &World) -> Option<u64> {
        (self.disk_permille > 0 && !self.is_quiet(world)).then_some(self.disk_permille)
    }

    /// Whether now lies in this span, before the quiet.
    pub fn during(&self, world: &World, from: i64, to: i64) -> bool {
        !self.is_quiet(world) && (from..to).contains(&world.elapsed_ms())
    }
}
