//! A pipe between a socket and a file, so that bytes move inside the kernel.

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;

    use mio::net::TcpStream;
    use rustix::pipe::{PipeFlags, SpliceFlags};

    /// What an unprivileged pipe may hold at most by default (/proc/sys/fs/pipe-max-size).
    const CAPACITY: usize = 1 << 20;

    pub(crate) struct Pipe {
        reader: OwnedFd,
        writer: OwnedFd,
    }

    impl Pipe {
        pub(crate) fn new() -> io::Result<Self> {
            let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
            // Smaller works too, only with more calls.
            let _ = rustix::pipe::fcntl_setpipe_size(&writer, CAPACITY);
            Ok(Self { reader, writer })
        }

        /// From the socket, as much as is there and fits.
        pub(crate) fn fill(&mut self, socket: &TcpStream, count: usize) -> io::Result<usize> {
            let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
            Ok(rustix::pipe::splice(
                socket,
                None,
                &self.writer,
                None,
                count,
                flags,
            )?)
        }

        /// All `count` bytes to the end of the file. On failure, how many went before it.
        pub(crate) fn empty_into(
            &mut self,
            file: &File,
            count: usize,
        ) -> Result<(), (usize, io::Error)> {
            let mut written = 0;
            while written < count {
                let left = count - written;
                match rustix::pipe::splice(&self.reader, None, file, None, left, SpliceFlags::MOVE)
                {
                    Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
                    Ok(moved) => written += moved,
                    Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err((written, error.into())),
                }
            }
            Ok(())
        }

        /// Takes bytes back that the file would not have.
        pub(crate) fn read_exact(&mut self, mut buffer: &mut [u8]) -> io::Result<()> {
            while !buffer.is_empty() {
                match rustix::io::read(&self.reader, &mut *buffer) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(count) => buffer = &mut buffer[count..],
                    Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;
    use std::io;

    use mio::net::TcpStream;

    /// Never made: other systems read and write.
    pub(crate) struct Pipe;

    impl Pipe {
        pub(crate) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }
        pub(crate) fn fill(&mut self, _: &TcpStream, _: usize) -> io::Result<usize> {
            Err(io::ErrorKind::Unsupported.into())
        }
        pub(crate) fn empty_into(&mut self, _: &File, _: usize) -> Result<(), (usize, io::Error)> {
            Err((0, io::ErrorKind::Unsupported.into()))
        }
        pub(crate) fn read_exact(&mut self, _: &mut [u8]) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

pub(crate) use system::Pipe;
