//! `dicomwire-responder`: see the library.

#![forbid(unsafe_code)]

use std::io::Write as _;
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use dicomwire_responder::prepared::Pdus;
use dicomwire_responder::serve::{Options, serve};
use dicomwire_responder::{Error, drain};
use lexopt::prelude::{Long, Value, ValueExt as _};

const USAGE: &str = "\
dicomwire-responder [--port N] [OPTIONS]    answer every C-FIND-RQ with made-up studies
dicomwire-responder --drain HOST:PORT       ask one for all of them and count

  --port N                port to listen on at 127.0.0.1; 0, the default, takes a free one.
                          It is printed on standard output.
  --answers N             pending responses to each C-FIND-RQ; 100000 by default
  --delay-us N            pause in microseconds before each of them; 0 by default.
                          StudyID tells then when an answer was sent: microseconds, monotonic clock
  --pdus separate|one     command set and identifier in a PDU each (the default) or in one
  --prefer-implicit       implicit VR rather than explicit VR, where both are proposed
  --called-ae-title AET   with --drain; BENCH by default";

enum Job {
    Serve {
        port: u16,
        options: Options,
    },
    Drain {
        address: String,
        called_ae_title: String,
    },
    Help,
}

fn main() -> ExitCode {
    match arguments(lexopt::Parser::from_env()).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dicomwire-responder: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut parser: lexopt::Parser) -> Result<Job, Error> {
    let mut options = Options {
        answers: 100_000,
        delay: Duration::ZERO,
        pdus: Pdus::default(),
        prefer_implicit: false,
    };
    let (mut port, mut drained, mut called_ae_title) = (0, None, "BENCH".to_owned());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => port = parser.value()?.parse()?,
            Long("answers") => options.answers = parser.value()?.parse()?,
            Long("delay-us") => options.delay = Duration::from_micros(parser.value()?.parse()?),
            Long("pdus") => {
                options.pdus = parser.value()?.parse_with(|text| match text {
                    "separate" => Ok(Pdus::Separate),
                    "one" => Ok(Pdus::One),
                    _ => Err("not separate or one"),
                })?;
            }
            Long("prefer-implicit") => options.prefer_implicit = true,
            Long("drain") => drained = Some(parser.value()?.string()?),
            Long("called-ae-title") => called_ae_title = parser.value()?.string()?,
            Long("help") => return Ok(Job::Help),
            Value(_) | Long(_) | lexopt::Arg::Short(_) => return Err(argument.unexpected().into()),
        }
    }
    Ok(match drained {
        Some(address) => Job::Drain {
            address,
            called_ae_title,
        },
        None => Job::Serve { port, options },
    })
}

fn run(job: Job) -> Result<(), Error> {
    match job {
        Job::Help => println!("{USAGE}"),
        Job::Drain {
            address,
            called_ae_title,
        } => {
            let counted = drain::drain(&address, &called_ae_title)?;
            let (answers, bytes) = (counted.answers, counted.bytes);
            let seconds = counted.took.as_secs_f64();
            println!("{{\"done\": {answers}, \"bytes\": {bytes}, \"seconds\": {seconds}}}");
        }
        Job::Serve { port, options } => {
            let listener = TcpListener::bind(("127.0.0.1", port))?;
            let mut stdout = std::io::stdout();
            writeln!(stdout, "{}", listener.local_addr()?.port())?;
            stdout.flush()?;
            serve(&listener, options)?;
        }
    }
    Ok(())
}
