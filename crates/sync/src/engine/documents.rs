//! The ERP's documents as this device keeps them. Kinds that this version does not know are skipped.

use super::page::Change;
use crate::{
    catalogue::rows::{Document, DocumentKind, Record},
    rows::{OutletRow, Unreadable},
};
use evertill_protocol::{
    changes::{CategoryDoc, Op, OutletDoc, ProductDoc, StockDoc, TerminalDoc},
    json::{self, JsonError, Raw},
};
use uuid::Uuid;

/// What an [`Unreadable`] is that the device itself is not to blame for.
pub(super) const FROM_THE_ERP: &str = "document from the ERP";

/// A document as the engine keeps it.
pub(super) enum Kept {
    /// In chunks or overlay.
    Record(Record),
    /// In the meta row.
    Outlet(OutletRow),
}

/// A change as it is kept; `None` for a kind that this version does not know.
pub(super) fn read_change(change: &Change<'_>) -> Result<Option<Kept>, Unreadable> {
    match (change.op, change.doc) {
        (Op::Put, Some(doc)) => read_document(&change.kind, change.id, change.version, doc),
        (Op::Put, None) => Err(unreadable(&change.kind, &"a put without its document")),
        (Op::Delete, _) => Ok(kind_of(&change.kind).map(|kind| {
            let document = Document::Gone(kind);
            Kept::Record(Record { id: change.id, version: change.version, document })
        })),
    }
}

fn kind_of(kind: &str) -> Option<DocumentKind> {
    match kind {
        "product" => Some(DocumentKind::Product),
        "category" => Some(DocumentKind::Category),
        "terminal" => Some(DocumentKind::Terminal),
        "stock" => Some(DocumentKind::Stock),
        _ => None,
    }
}

/// A document as it is kept; `None` for a kind that this version does not know.
pub(super) fn read_document(
    kind: &str,
    id: Uuid,
    version: u64,
    doc: Raw<'_>,
) -> Result<Option<Kept>, Unreadable> {
    let text = doc.text().as_bytes();
    let failed = |error: JsonError| unreadable(kind, &error);
    let document = match kind {
        "product" => Document::Product(json::read::<ProductDoc>(text).map_err(failed)?),
        "category" => Document::Category(json::read::<CategoryDoc>(text).map_err(failed)?),
        "terminal" => Document::Terminal(json::read::<TerminalDoc>(text).map_err(failed)?),
        "stock" => {
            let stock: StockDoc = json::read(text).map_err(failed)?;
            Document::Stock { on_hand_milli: stock.on_hand_milli }
        }
        "outlet" => {
            let doc: OutletDoc = json::read(text).map_err(failed)?;
            return Ok(Some(Kept::Outlet(OutletRow { version, doc })));
        }
        _ => return Ok(None),
    };
    Ok(Some(Kept::Record(Record { id, version, document })))
}

fn unreadable(kind: &str, why: &dyn core::fmt::Display) -> Unreadable {
    Unreadable { what: FROM_THE_ERP, why: format!("{kind}: {why}") }
}
