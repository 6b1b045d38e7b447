//! Instances made of nothing, and a receiver to send them to.
#![allow(
    clippy::unwrap_used,
    reason = "a test helper that fails is a failed test"
)]
#![allow(dead_code, reason = "each test uses some of it")]

pub(crate) mod provider;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dicomwire_dataset::file::encode_file_head;
use dicomwire_dataset::limits::Limits;
use dicomwire_net::desk::Receipt;
use dicomwire_net::interrupt::Interrupt;
use dicomwire_net::lifecycle::Endpoint;
use dicomwire_net::listener::{Listener, ListenerOptions};
use dicomwire_net::observer::{HandlerFailed, Unobserved};
use dicomwire_net::plan::Transcoding;
use dicomwire_net::scan::Source;
use dicomwire_net::sink::{Arrived, Arriving, Refusal, Sink};
use dicomwire_net::transfer::{Ended, Keep, Transfer, TransferOptions};
use dicomwire_proto::{AcceptPolicy, AssociateRq, Settings, SyntaxFilter, UserInformation};

pub(crate) const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";

fn element(out: &mut Vec<u8>, tag: (u16, u16), vr: &[u8; 2], value: &[u8]) {
    out.extend_from_slice(&tag.0.to_le_bytes());
    out.extend_from_slice(&tag.1.to_le_bytes());
    out.extend_from_slice(vr);
    if vr == b"OW" {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
    } else {
        out.extend_from_slice(&u16::try_from(value.len()).unwrap().to_le_bytes());
    }
    out.extend_from_slice(value);
}

fn padded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// An explicit VR little endian data set with `pixels` bytes of pixel data.
pub(crate) fn data_set(instance: &str, pixels: usize) -> Vec<u8> {
    let mut out = Vec::new();
    element(&mut out, (0x0008, 0x0016), b"UI", &padded(CT));
    element(&mut out, (0x0008, 0x0018), b"UI", &padded(instance));
    element(&mut out, (0x0010, 0x0010), b"PN", b"DOE^JANE");
    element(&mut out, (0x0028, 0x0100), b"US", &16u16.to_le_bytes());
    let values: Vec<u8> = (0..pixels)
        .map(|index| u8::try_from(index % 251).unwrap())
        .collect();
    element(&mut out, (0x7FE0, 0x0010), b"OW", &values);
    out
}

/// The same as a whole file.
pub(crate) fn file(instance: &str, pixels: usize) -> Vec<u8> {
    let mut out = encode_file_head(CT, instance, EXPLICIT, "1.2.3", "TEST", None);
    out.extend_from_slice(&data_set(instance, pixels));
    out
}

pub(crate) fn write_file(directory: &Path, instance: &str, pixels: usize) -> PathBuf {
    let path = directory.join(format!("{instance}.bin"));
    std::fs::write(&path, file(instance, pixels)).unwrap();
    path
}

/// Remembers what a receiver was told.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) received: Mutex<Vec<String>>,
    pub(crate) refused: Mutex<Vec<String>>,
}

impl Receipt for Book {
    fn received(&self, arrived: Arrived) -> Result<u16, HandlerFailed> {
        self.received
            .lock()
            .unwrap()
            .push(arrived.arriving.sop_instance_uid);
        Ok(0)
    }
    fn refused(&self, arriving: &Arriving, refusal: &Refusal) {
        let line = format!("{} {:#06x}", arriving.sop_instance_uid, refusal.status);
        self.refused.lock().unwrap().push(line);
    }
}

/// A receiver that takes `syntaxes` and announces `max_pdu_length`.
pub(crate) fn receiver(
    sink: Arc<dyn Sink>,
    max_pdu_length: u32,
    syntaxes: &[&str],
) -> (Listener, Arc<Book>) {
    let book = Arc::new(Book::default());
    let policy = AcceptPolicy {
        transfer_syntaxes: SyntaxFilter::only(syntaxes.iter().copied()),
        implementation_class_uid: "1.2.3".to_owned(),
        ..AcceptPolicy::default()
    };
    let options = ListenerOptions {
        address: "127.0.0.1:0".parse().unwrap(),
        policy,
        settings: Settings {
            max_pdu_length,
            ..Settings::default()
        },
        max_associations: 8,
        sink,
        receipt: Arc::<Book>::clone(&book) as Arc<dyn Receipt>,
        reports: None,
        observers: Arc::new(|| Box::new(Unobserved)),
        ended: Arc::new(|_| {}),
    };
    (Listener::start(options).unwrap(), book)
}

pub(crate) fn options(port: u16, associations: usize) -> TransferOptions {
    TransferOptions {
        endpoint: Endpoint {
            name: format!("RX@127.0.0.1:{port}"),
            host: "127.0.0.1".to_owned(),
            port,
            connect_timeout: Some(Duration::from_secs(5)),
        },
        request: AssociateRq {
            protocol_version: 1,
            called_ae_title: "RX".to_owned(),
            calling_ae_title: "TX".to_owned(),
            application_context: dicomwire_proto::APPLICATION_CONTEXT.to_owned(),
            presentation_contexts: Vec::new(),
            user_information: UserInformation {
                implementation_class_uid: "1.2.3".to_owned(),
                ..UserInformation::default()
            },
        },
        settings: Settings::default(),
        limits: Limits::default(),
        associations,
        transcode: Transcoding::Uncompressed,
        decompressor: None,
        rewriting: None,
        verify: true,
        stop_on_failure: false,
        attempts: 3,
        keep: Keep::All,
        observers: Arc::new(|| Box::new(Unobserved)),
    }
}

/// Sends the sources and waits for the end.
pub(crate) fn send(options: TransferOptions, sources: Vec<Source>) -> Ended {
    let transfer = Transfer::start(options, Interrupt::new(), Vec::new()).unwrap();
    for source in sources {
        transfer.push(source).unwrap();
    }
    transfer.close();
    while !transfer.wait(Duration::from_secs(1), false) {}
    transfer.finish()
}
