//! What is to be changed in the instances of a transfer, and what that makes of each.

use std::sync::Arc;

use dicomwire_dataset::file::ReadAt;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::limits::Limits;
use dicomwire_dataset::path::TagPath;
use dicomwire_dataset::rewrite::{Change, Changes, Rewriter, index_head};

use crate::scan::Item;

/// The changes to make.
#[derive(Clone)]
pub struct Rewriting {
    /// The same for every instance.
    pub fixed: Arc<Changes>,
    /// Those the caller decides for each instance.
    pub functions: Option<Arc<dyn Functions>>,
}

/// Changes that are decided by what an instance holds.
pub trait Functions: Send + Sync {
    /// Decides for one instance; called from the thread that is about to send it.
    ///
    /// # Errors
    /// [`Obstacle::Handler`] ends the transfer; the cause stays with whoever implements this.
    fn decide(&self, item: &Item, head: Index) -> Result<Vec<(TagPath, Change)>, Obstacle>;
}

/// Why an instance was not made ready.
#[derive(Debug)]
pub enum Obstacle {
    /// It cannot be sent, for this reason.
    Instance(String),
    /// A function of the caller failed, which ends the transfer.
    Handler,
}

impl From<String> for Obstacle {
    fn from(reason: String) -> Self {
        Self::Instance(reason)
    }
}

impl Rewriting {
    /// Notes with an instance that was just looked at what its SOP class will be, since that decides
    /// about its presentation context.
    pub(crate) fn classify(&self, item: &mut Item) {
        if let Some(class) = self.fixed.sop_class_uid() {
            class.clone_into(&mut item.head.sop_class_uid);
        }
    }

    /// Decides once what becomes of an instance, and gives it its new SOP Instance UID.
    pub(crate) fn resolve(
        &self,
        item: &mut Item,
        source: &dyn ReadAt,
        limits: &Limits,
    ) -> Result<(), Obstacle> {
        if item.changes.is_some() {
            // It was made ready before, for an association that ended under it.
            return Ok(());
        }
        if item.syntax.is_none() {
            let uid = &item.head.transfer_syntax_uid;
            return Err(Obstacle::Instance(format!(
                "cannot be rewritten: how its transfer syntax {uid} lays elements out is not known"
            )));
        }
        let mut changes = Arc::clone(&self.fixed);
        if let Some(functions) = &self.functions {
            let in_words =
                |error: dicomwire_dataset::Error| format!("cannot be rewritten: {error}");
            let head = index_head(source, &item.head, limits).map_err(in_words)?;
            let own = Arc::make_mut(&mut changes);
            for (path, change) in functions.decide(item, head)? {
                own.insert(&path, change).map_err(in_words)?;
            }
        }
        let old = &item.head.sop_instance_uid;
        if let Some(new) = changes.sop_instance_uid(old).filter(|new| new != old) {
            let old = std::mem::replace(&mut item.head.sop_instance_uid, new);
            item.original_sop_instance_uid = Some(old);
        }
        item.changes = Some(changes);
        Ok(())
    }
}

impl Item {
    /// A rewriter for the instance, if anything of it is to be changed.
    pub(crate) fn rewriter(&self, limits: &Limits) -> Option<Rewriter> {
        let changes = self
            .changes
            .as_deref()
            .filter(|changes| !changes.is_empty())?;
        Some(Rewriter::new(self.syntax?, changes, limits))
    }
}
