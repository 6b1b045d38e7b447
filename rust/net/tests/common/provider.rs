//! A provider that does what a test says, and associations with it.

use std::net::SocketAddr;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::data_set;
use bytes::Bytes;
use dicomwire_net::body::{Body, MemoryBody};
use dicomwire_net::connection::Connection;
use dicomwire_net::error::Error;
use dicomwire_net::interrupt::Interrupt;
use dicomwire_net::lifecycle::Endpoint;
use dicomwire_net::message::{Inbox, Message};
use dicomwire_net::observer::Unobserved;
use dicomwire_net::plan::Plan;
use dicomwire_net::session::Session;
use dicomwire_proto::command::CommandSet;
use dicomwire_proto::{
    APPLICATION_CONTEXT, AcceptPolicy, AssociateRq, AsynchronousOperations, ProposedContext,
    Settings, UserInformation,
};

/// The provider's side of one association.
pub(crate) struct Provider {
    pub(crate) connection: Connection,
    pub(crate) inbox: Inbox,
}

impl Provider {
    pub(crate) fn message(&mut self) -> Result<Message, Error> {
        self.connection.next_message(&mut self.inbox)
    }

    pub(crate) fn request(&mut self) -> Result<CommandSet, Error> {
        Ok(*self.message()?.command)
    }

    /// Whether another message is there.
    pub(crate) fn has_more(&mut self) -> Result<bool, Error> {
        let until = std::time::Instant::now();
        self.connection.message_by(until, &mut self.inbox)
    }

    pub(crate) fn send(&mut self, context_id: u8, command: &CommandSet) -> Result<(), Error> {
        self.send_with(context_id, command, &mut Body::Empty)
    }

    pub(crate) fn send_with(
        &mut self,
        context_id: u8,
        command: &CommandSet,
        body: &mut Body,
    ) -> Result<(), Error> {
        self.connection
            .send(context_id, command, body, &mut self.inbox)
    }

    /// Answers on context 1, with an identifier if it is not empty.
    pub(crate) fn answer(
        &mut self,
        request: &CommandSet,
        status: u16,
        identifier: &[u8],
    ) -> Result<(), Error> {
        let mut response = request.response_to(status);
        response.has_data_set = !identifier.is_empty();
        let mut body = match identifier {
            [] => Body::Empty,
            bytes => memory(bytes),
        };
        self.send_with(1, &response, &mut body)
    }

    /// Sends an instance by C-STORE and takes the answer.
    pub(crate) fn store(
        &mut self,
        context_id: u8,
        class: &str,
        instance: &str,
    ) -> Result<CommandSet, Error> {
        self.store_body(
            context_id,
            class,
            instance,
            &mut memory(&data_set(instance, 5000)),
        )
    }

    pub(crate) fn store_body(
        &mut self,
        context_id: u8,
        class: &str,
        instance: &str,
        body: &mut Body,
    ) -> Result<CommandSet, Error> {
        let message_id = self.connection.next_message_id();
        let command = CommandSet::c_store_rq(message_id, class, instance, 0_u16);
        self.send_with(context_id, &command, body)?;
        self.request()
    }

    /// A pending response: so many left, so many done.
    pub(crate) fn pending(
        &mut self,
        request: &CommandSet,
        remaining: u16,
        done: u16,
    ) -> Result<(), Error> {
        let mut response = request.response_to(0xFF00);
        response.number_of_remaining_sub_operations = Some(remaining);
        response.number_of_completed_sub_operations = Some(done);
        response.number_of_failed_sub_operations = Some(0);
        response.number_of_warning_sub_operations = Some(0);
        self.send(1, &response)
    }
}

pub(crate) fn memory(bytes: &[u8]) -> Body {
    Body::Memory(MemoryBody::new(Bytes::copy_from_slice(bytes)))
}

/// Plays `script` on each of `count` associations, one after the other or at once, each on a thread.
pub(crate) fn provider<F>(count: usize, script: F) -> (SocketAddr, JoinHandle<()>)
where
    F: Fn(&mut Provider) -> Result<(), Error> + Clone + Send + 'static,
{
    provider_granting(1, count, script)
}

/// The same, and `window` requests may be unanswered at once.
pub(crate) fn provider_granting<F>(
    window: u16,
    count: usize,
    script: F,
) -> (SocketAddr, JoinHandle<()>)
where
    F: Fn(&mut Provider) -> Result<(), Error> + Clone + Send + 'static,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let serving: Vec<_> = (0..count)
            .map(|_| {
                let (stream, _) = listener.accept().unwrap();
                let script = script.clone();
                thread::spawn(move || serve(stream, window, script))
            })
            .collect();
        for one in serving {
            one.join().unwrap();
        }
    });
    (address, thread)
}

fn serve(
    stream: std::net::TcpStream,
    window: u16,
    script: impl Fn(&mut Provider) -> Result<(), Error>,
) {
    stream.set_nonblocking(true).unwrap();
    let policy = AcceptPolicy {
        implementation_class_uid: "1.2.3".to_owned(),
        asynchronous_operations: AsynchronousOperations {
            invoked: window,
            performed: 1,
        },
        ..AcceptPolicy::default()
    };
    let mut provider = Provider {
        connection: Connection::accept(
            mio::net::TcpStream::from_std(stream),
            "test".to_owned(),
            &|request| policy.decide(request),
            Settings::default(),
            Box::new(Unobserved),
            Interrupt::new(),
        )
        .unwrap(),
        inbox: Inbox::new(8 << 20),
    };
    match script(&mut provider) {
        // The end of the association: whatever the other side does now is its business.
        Ok(()) => drop(provider.request()),
        Err(error) => drop(provider.connection.fail(error)),
    }
}

/// An association for `contexts` (SOP class, transfer syntax), whose identifiers are 1, 3, 5 …
pub(crate) fn associate(
    address: SocketAddr,
    contexts: &[(&str, &str)],
    settings: Settings,
    interrupt: Interrupt,
) -> Session {
    let endpoint = Endpoint {
        name: "PROVIDER".to_owned(),
        host: address.ip().to_string(),
        port: address.port(),
        connect_timeout: Some(Duration::from_secs(5)),
    };
    let proposals = contexts.iter().zip((1..).step_by(2));
    let contexts: Vec<_> = proposals
        .map(|((class, syntax), id)| ProposedContext {
            id,
            abstract_syntax: (*class).to_owned(),
            transfer_syntaxes: vec![(*syntax).to_owned()],
        })
        .collect();
    let request = AssociateRq {
        protocol_version: 1,
        called_ae_title: "PROVIDER".to_owned(),
        calling_ae_title: "US".to_owned(),
        application_context: APPLICATION_CONTEXT.to_owned(),
        presentation_contexts: contexts.clone(),
        user_information: UserInformation {
            implementation_class_uid: "1.2.3".to_owned(),
            max_pdu_length: settings.max_pdu_length,
            ..UserInformation::default()
        },
    };
    let connection = Connection::open(
        &endpoint,
        request,
        settings,
        Box::new(Unobserved),
        interrupt,
    );
    Session::new(connection.unwrap(), Plan::from_contexts(contexts))
}
