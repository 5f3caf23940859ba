//! Products in columns: one text for all names, one vector per field.

use super::rows::{Document, Record};
use core::hash::{BuildHasherDefault, Hasher};
use evertill_domain::{Id, TaxRate, id, search};
use evertill_protocol::changes::ProductDoc;
use std::collections::HashMap;

/// A product's place in the catalogue, valid until the catalogue is loaded anew; a change moves the product to
/// another place, so views ask again after each notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductIndex(pub(super) u32);

/// A product as views show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductView<'catalogue> {
    /// The product.
    pub id: Id<id::Product>,
    /// Article code.
    pub sku: &'catalogue str,
    /// Name.
    pub name: &'catalogue str,
    /// Its category's name, if it has one.
    pub category: Option<&'catalogue str>,
    /// Unit price, minor units, tax included.
    pub price_minor: i64,
    /// Tax rate.
    pub tax_rate: TaxRate,
    /// Sold by weight or measure.
    pub weighed: bool,
}

/// Every product ever appended, dead ones among them.
#[derive(Debug, Default)]
pub(super) struct Products {
    rows: Vec<Row>,
    /// Of each product whether it counts. Apart from the rows, as the next: a search reads these of every product.
    live: Vec<bool>,
    /// Place in the categories, 0 for none.
    category: Vec<u16>,
    /// Name, sku and barcodes of each product, one after the other.
    text: String,
    by_id: HashMap<[u8; 16], Known, BuildHasherDefault<IdHasher>>,
    categories: Categories,
    live_count: usize,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    id: Id<id::Product>,
    price_minor: i64,
    /// First letters of the folded name, for comparing most names without reading them.
    name_key: u128,
    text_at: u32,
    name_len: u16,
    sku_len: u16,
    /// Barcodes, each followed by a line feed.
    barcodes_len: u16,
    tax_rate: TaxRate,
    weighed: bool,
}

/// The newest that is known of an id.
#[derive(Clone, Copy, Debug)]
struct Known {
    version: u64,
    /// `None` once it is deleted.
    at: Option<ProductIndex>,
}

/// UUIDs of products are random in their last bytes: those are hash enough.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
    fn write_usize(&mut self, _: usize) {
        // The length prefix, the same for all.
    }
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

impl Products {
    /// Takes over what a record says of a product, if it is newer. Other kinds are skipped.
    pub(super) fn apply(&mut self, record: Record) {
        let id = record.id.into_bytes();
        let gone = match &record.document {
            Document::Product(_) => false,
            Document::Gone(kind) if *kind == super::rows::DocumentKind::Product => true,
            _ => return,
        };
        let known = self.by_id.get(&id).copied();
        if known.is_some_and(|known| known.version > record.version) {
            return;
        }
        if let Some(before) = known.and_then(|known| known.at) {
            self.bury(before);
        }
        let at = match record.document {
            Document::Product(doc) if !gone => Id::from_bytes(id).ok().and_then(|id| self.append(id, &doc)),
            _ => None,
        };
        self.by_id.insert(id, Known { version: record.version, at });
    }

    /// Room for so many more, so that nothing is copied while they come.
    pub(super) fn reserve(&mut self, products: usize) {
        self.rows.reserve(products);
        self.live.reserve(products);
        self.category.reserve(products);
        self.by_id.reserve(products);
    }

    fn append(&mut self, id: Id<id::Product>, doc: &ProductDoc) -> Option<ProductIndex> {
        let at = ProductIndex(u32::try_from(self.rows.len()).ok()?);
        let text_at = u32::try_from(self.text.len()).ok()?;
        let barcodes: usize = doc.barcodes.iter().map(|code| code.len() + 1).sum();
        let row = Row {
            id,
            price_minor: doc.price_minor,
            name_key: name_key(&search::fold(&doc.name)),
            text_at,
            name_len: u16::try_from(doc.name.len()).ok()?,
            sku_len: u16::try_from(doc.sku.len()).ok()?,
            barcodes_len: u16::try_from(barcodes).ok()?,
            tax_rate: doc.tax_rate_ppm,
            weighed: doc.weighed,
        };
        self.live.push(true);
        self.category.push(doc.category.as_deref().map_or(0, |name| self.categories.enter(name)));
        self.text.push_str(&doc.name);
        self.text.push_str(&doc.sku);
        for barcode in &doc.barcodes {
            self.text.push_str(barcode);
            self.text.push('\n');
        }
        self.rows.push(row);
        self.live_count += 1;
        Some(at)
    }

    fn bury(&mut self, at: ProductIndex) {
        if let Some(live) = self.live.get_mut(at.0 as usize) {
            *live = false;
            self.live_count -= 1;
            self.categories.leave(self.category.get(at.0 as usize).copied().unwrap_or(0));
        }
    }

    pub(super) fn live(&self) -> usize {
        self.live_count
    }

    /// The place that the next product gets.
    pub(super) fn end(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("append gave out no place above u32::MAX")
    }

    pub(super) fn is_live(&self, at: ProductIndex) -> bool {
        self.live.get(at.0 as usize).is_some_and(|live| *live)
    }

    pub(super) fn is_in(&self, at: ProductIndex, category: CategoryFilter) -> bool {
        match category {
            CategoryFilter::All => self.is_live(at),
            CategoryFilter::None => false,
            CategoryFilter::Only(category) => {
                self.is_live(at) && self.category.get(at.0 as usize) == Some(&category)
            }
        }
    }

    pub(super) fn by_id(&self, id: [u8; 16]) -> Option<ProductIndex> {
        self.by_id.get(&id)?.at
    }

    pub(super) fn view(&self, at: ProductIndex) -> Option<ProductView<'_>> {
        let row = self.rows.get(at.0 as usize)?;
        let name_end = row.text_at as usize + usize::from(row.name_len);
        let sku_end = name_end + usize::from(row.sku_len);
        Some(ProductView {
            id: row.id,
            sku: self.text.get(name_end..sku_end)?,
            name: self.text.get(row.text_at as usize..name_end)?,
            category: self.category.get(at.0 as usize).and_then(|place| self.categories.name(*place)),
            price_minor: row.price_minor,
            tax_rate: row.tax_rate,
            weighed: row.weighed,
        })
    }

    pub(super) fn barcodes(&self, at: ProductIndex) -> impl Iterator<Item = &str> {
        let text = self.rows.get(at.0 as usize).and_then(|row| {
            let begin = row.text_at as usize + usize::from(row.name_len) + usize::from(row.sku_len);
            self.text.get(begin..begin + usize::from(row.barcodes_len))
        });
        text.unwrap_or_default().split_terminator('\n')
    }

    fn name_key(&self, at: ProductIndex) -> u128 {
        self.rows.get(at.0 as usize).map_or(u128::MAX, |row| row.name_key)
    }

    /// Products by name, then by place. Names are read only where their first letters are the same.
    pub(super) fn by_name(&self, a: ProductIndex, b: ProductIndex) -> core::cmp::Ordering {
        let folded = |at| self.view(at).map(|product| search::fold(product.name));
        let by_first_letters = self.name_key(a).cmp(&self.name_key(b));
        by_first_letters.then_with(|| folded(a).cmp(&folded(b))).then_with(|| a.cmp(&b))
    }

    /// The first `limit` by rank (lowest first), then name, then place.
    pub(super) fn first_by_name(&self, all: &mut Vec<(u16, ProductIndex)>, limit: usize) {
        let first_letters = |(rank, at): &(u16, ProductIndex)| (*rank, self.name_key(*at));
        if let Some(last) = limit.checked_sub(1).filter(|last| *last < all.len()) {
            // Sorting what is then cut off would be most of the work after one letter.
            let last = first_letters(all.select_nth_unstable_by_key(last, first_letters).1);
            all.retain(|one| first_letters(one) <= last);
        }
        all.sort_unstable_by_key(|(rank, at)| (*rank, self.name_key(*at), *at));
        // Only names that begin alike are compared in full, and only as far as they can make a difference.
        let mut begin = 0;
        while begin < all.len().min(limit) {
            let alike = all.get(begin..).unwrap_or_default();
            let same = alike.first().map(first_letters);
            let end = begin + alike.iter().take_while(|one| Some(first_letters(one)) == same).count();
            if let Some(alike) = all.get_mut(begin..end).filter(|alike| alike.len() > 1) {
                let folded = |(_, at): &(u16, ProductIndex)| {
                    self.view(*at).map(|product| search::fold(product.name)).unwrap_or_default()
                };
                let names: Vec<String> = alike.iter().map(folded).collect();
                let in_order = in_order(&names);
                let sorted: Vec<_> =
                    in_order.iter().filter_map(|(_, place)| alike.get(*place as usize).copied()).collect();
                alike.copy_from_slice(&sorted);
            }
            begin = end;
        }
        all.truncate(limit);
    }

    pub(super) fn categories(&self) -> Vec<&str> {
        self.categories.in_use()
    }

    pub(super) fn category(&self, name: Option<&str>) -> CategoryFilter {
        match name {
            None => CategoryFilter::All,
            Some(name) => self.categories.find(name).map_or(CategoryFilter::None, CategoryFilter::Only),
        }
    }
}

/// These texts in order, each with the place where it was.
pub(super) fn in_order(texts: &[String]) -> Vec<(&str, u32)> {
    let places = 0_u32..;
    sorted(texts.iter().map(String::as_str).zip(places).collect())
}

/// One sort for all lists of texts: each type that is sorted is two to four kilobytes of code to download.
#[inline(never)]
pub(super) fn sorted(mut texts: Vec<(&str, u32)>) -> Vec<(&str, u32)> {
    texts.sort_unstable();
    texts
}

/// Which products a search is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CategoryFilter {
    All,
    /// An unknown category.
    None,
    Only(u16),
}

/// The first letters of a folded name as a number that sorts alike.
pub(super) fn name_key(folded: &str) -> u128 {
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(folded.bytes()) {
        *to = from;
    }
    u128::from_be_bytes(key)
}

/// Category names with the number of their live products. Place 0 is "none".
#[derive(Debug, Default)]
struct Categories {
    names: Vec<(String, u32)>,
}

impl Categories {
    fn enter(&mut self, name: &str) -> u16 {
        let at = self.names.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.names.push((name.to_owned(), 0));
            self.names.len() - 1
        });
        // More than 65,534 categories: the rest is shown without one.
        let Ok(place) = u16::try_from(at + 1) else { return 0 };
        if let Some((_, count)) = self.names.get_mut(at) {
            *count += 1;
        }
        place
    }

    fn leave(&mut self, place: u16) {
        if let Some((_, count)) = usize::from(place).checked_sub(1).and_then(|at| self.names.get_mut(at)) {
            *count = count.saturating_sub(1);
        }
    }

    fn name(&self, place: u16) -> Option<&str> {
        let (name, _) = self.names.get(usize::from(place).checked_sub(1)?)?;
        Some(name)
    }

    fn find(&self, name: &str) -> Option<u16> {
        let at = self.names.iter().position(|(known, _)| known == name)?;
        u16::try_from(at + 1).ok()
    }

    fn in_use(&self) -> Vec<&str> {
        let names: Vec<&str> =
            self.names.iter().filter(|(_, count)| *count > 0).map(|(name, _)| name.as_str()).collect();
        let folded: Vec<String> = names.iter().map(|name| search::fold(name)).collect();
        in_order(&folded).iter().filter_map(|(_, place)| names.get(*place as usize).copied()).collect()
    }
}
