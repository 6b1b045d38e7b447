//! What became of each instance that came by C-GET.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::desk::Receipt;
use crate::observer::HandlerFailed;
use crate::sink::{Arrived, Arriving, Refusal, status};

/// One sub-operation of a C-GET, seen from the side that stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Affected SOP Class UID.
    pub sop_class_uid: String,
    /// Affected SOP Instance UID.
    pub sop_instance_uid: String,
    /// The status we answered.
    pub status: u16,
    /// Why it is no success, where anything is known about it.
    pub comment: Option<String>,
    /// Bytes of the data set; 0 if the instance was refused.
    pub bytes: u64,
}

/// Counts of a C-GET.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Instances stored, with or without a warning.
    pub stored: u64,
    /// Bytes of their data sets.
    pub bytes: u64,
    /// Instances refused.
    pub refused: u64,
}

/// Books the fate of every sub-operation, and passes on what it is told.
///
/// A fate is kept until somebody takes it: some two hundred bytes each, so a million instances whose fates nobody
/// asks for are the memory of one large instance. None is ever dropped.
#[derive(Default)]
pub(super) struct Ledger {
    told: Option<Arc<dyn Receipt>>,
    fates: Mutex<Vec<Fate>>,
    stored: AtomicU64,
    bytes: AtomicU64,
    refused: AtomicU64,
}

impl Ledger {
    pub(super) fn new(told: Option<Arc<dyn Receipt>>) -> Self {
        Self {
            told,
            ..Self::default()
        }
    }

    pub(super) fn tally(&self) -> Tally {
        Tally {
            stored: self.stored.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    pub(super) fn take(&self) -> Vec<Fate> {
        std::mem::take(&mut self.fates.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn book(&self, fate: Fate) {
        if status::is_stored(fate.status) {
            self.stored.fetch_add(1, Ordering::Relaxed);
            self.bytes.fetch_add(fate.bytes, Ordering::Relaxed);
        } else {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        self.fates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fate);
    }
}

impl Receipt for Ledger {
    fn received(&self, arrived: Arrived) -> Result<u16, HandlerFailed> {
        let mut fate = Fate {
            sop_class_uid: arrived.arriving.sop_class_uid.clone(),
            sop_instance_uid: arrived.arriving.sop_instance_uid.clone(),
            status: status::SUCCESS,
            comment: None,
            bytes: arrived.bytes,
        };
        let warning = arrived.warning.clone();
        let told = self.told.as_ref();
        let answer = told.map_or(Ok(status::SUCCESS), |told| told.received(arrived))?;
        match warning {
            Some(warning) if answer == status::SUCCESS => {
                fate.status = warning.status;
                fate.comment = Some(warning.comment);
            }
            _ => fate.status = answer,
        }
        self.book(fate);
        Ok(answer)
    }

    fn refused(&self, arriving: &Arriving, refusal: &Refusal) {
        self.book(Fate {
            sop_class_uid: arriving.sop_class_uid.clone(),
            sop_instance_uid: arriving.sop_instance_uid.clone(),
            status: refusal.status,
            comment: Some(refusal.comment.clone()),
            bytes: 0,
        });
        if let Some(told) = &self.told {
            told.refused(arriving, refusal);
        }
    }
}
