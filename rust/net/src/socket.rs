//! TCP sockets as DICOM wants them: no Nagle, prompt acknowledgements, and
//! the calls that only some systems have behind one portable face.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::Error;

/// Host names are resolved in order; IPv6 literals come without brackets.
pub(crate) fn resolve(peer: &str, host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let addresses: Vec<SocketAddr> = (host, port)
        .to_socket_addrs()
        .map_err(|cause| Error::Resolve {
            peer: peer.to_owned(),
            cause,
        })?
        .collect();
    if addresses.is_empty() {
        let cause = io::Error::new(io::ErrorKind::NotFound, "no address");
        return Err(Error::Resolve {
            peer: peer.to_owned(),
            cause,
        });
    }
    Ok(addresses)
}

/// Connects to the first address that answers before the deadline.
///
/// `tick` runs at least every 100 ms and may end the wait.
pub(crate) fn connect(
    peer: &str,
    addresses: &[SocketAddr],
    timeout: Option<Duration>,
    tick: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<TcpStream, Error> {
    let deadline = timeout.map(|allowed| Instant::now() + allowed);
    let mut attempts = Vec::new();
    for address in addresses {
        match attempt(*address, deadline, tick)? {
            Ok(stream) => return Ok(stream),
            Err(error) => attempts.push(format!("{address}: {}", plain(&error))),
        }
        if deadline.is_some_and(|limit| Instant::now() >= limit) {
            let seconds = timeout.unwrap_or_default().as_secs_f64();
            return Err(Error::ConnectTimeout {
                peer: peer.to_owned(),
                seconds,
            });
        }
    }
    Err(Error::Connect {
        peer: peer.to_owned(),
        attempts: attempts.join("; "),
    })
}

/// The system's message without Rust's "(os error 111)".
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn attempt(
    address: SocketAddr,
    deadline: Option<Instant>,
    tick: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<io::Result<TcpStream>, Error> {
    let mut stream = match TcpStream::connect(address) {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(error)),
    };
    let outcome = wait_connected(&mut stream, deadline, tick)?;
    Ok(outcome.map(|()| stream))
}

fn wait_connected(
    stream: &mut TcpStream,
    deadline: Option<Instant>,
    tick: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<io::Result<()>, Error> {
    let mut poll = match Poll::new() {
        Ok(poll) => poll,
        Err(error) => return Ok(Err(error)),
    };
    if let Err(error) = poll
        .registry()
        .register(stream, Token(0), Interest::WRITABLE)
    {
        return Ok(Err(error));
    }
    let mut events = Events::with_capacity(4);
    loop {
        let slice = slice_until(deadline);
        if let Err(error) = poll.poll(&mut events, Some(slice))
            && error.kind() != io::ErrorKind::Interrupted
        {
            return Ok(Err(error));
        }
        tick()?;
        match stream.take_error() {
            Ok(Some(error)) | Err(error) => return Ok(Err(error)),
            Ok(None) => {}
        }
        if !events.is_empty() {
            match stream.peer_addr() {
                Ok(_) => {
                    let _ = poll.registry().deregister(stream);
                    return Ok(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        if deadline.is_some_and(|limit| Instant::now() >= limit) {
            return Ok(Err(io::ErrorKind::TimedOut.into()));
        }
    }
}

/// The longest we sleep without looking around.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// Until the deadline, but never longer than [`TICK`].
pub(crate) fn slice_until(deadline: Option<Instant>) -> Duration {
    deadline.map_or(TICK, |limit| {
        let left = limit.saturating_duration_since(Instant::now());
        // Round up: a sleep of zero milliseconds would spin until the deadline.
        left.min(TICK).max(Duration::from_millis(1))
    })
}

/// Sets what every association wants. Nagle's algorithm costs one delayed
/// acknowledgement (about 40 ms) per message that is not one segment long.
pub(crate) fn configure(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io;

    use mio::net::TcpStream;
    use rustix::net::{RecvFlags, SendFlags};

    /// Acknowledge what has come at once: a peer with Nagle on holds back its
    /// next segment until then. The kernel forgets the wish, so it is renewed
    /// before each wait.
    pub(crate) fn acknowledge_now(stream: &TcpStream) {
        let _ = rustix::net::sockopt::set_tcp_quickack(stream, true);
    }

    /// Sends bytes that more will follow.
    pub(crate) fn send_more(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::net::send(
            stream,
            bytes,
            SendFlags::MORE | SendFlags::NOSIGNAL,
        )?)
    }

    /// Sends `count` bytes of a file without bringing them into this process.
    pub(crate) fn send_file(
        stream: &TcpStream,
        file: &File,
        offset: &mut u64,
        count: usize,
    ) -> io::Result<usize> {
        Ok(rustix::fs::sendfile(stream, file, Some(offset), count)?)
    }

    /// Drops up to `buffer.len()` received bytes without copying them.
    pub(crate) fn discard(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        let (_, length) = rustix::net::recv(stream, buffer, RecvFlags::TRUNC)?;
        Ok(length)
    }

    pub(crate) const HAS_SEND_FILE: bool = true;
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;
    use std::io::{self, Read, Write};

    use mio::net::TcpStream;

    pub(crate) fn acknowledge_now(_stream: &TcpStream) {}

    pub(crate) fn send_more(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        stream.write(bytes)
    }

    pub(crate) fn send_file(_: &TcpStream, _: &File, _: &mut u64, _: usize) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn discard(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        stream.read(buffer)
    }

    pub(crate) const HAS_SEND_FILE: bool = false;
}

pub(crate) use system::{HAS_SEND_FILE, acknowledge_now, discard, send_file, send_more};
