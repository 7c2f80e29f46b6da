//! A server's answer, read on a thread of its own.

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::{Response, StatusCode, header};

use super::{Broken, FetchError, Patience, TICK};

/// What comes from a server.
pub(super) enum Arrival {
    /// The head of its answer, first.
    Head(Head),
    /// Some bytes of the file.
    Bytes(Vec<u8>),
    /// No more.
    End,
    /// The server, or the address, cannot be used.
    Refused(String),
}

/// What the head of an answer says.
pub(super) struct Head {
    pub status: StatusCode,
    /// Where the range begins that it gives.
    pub begin: Option<u64>,
    /// How long the file is whose range it could not give.
    pub whole: Option<u64>,
    /// How many bytes will come.
    pub length: Option<u64>,
}

/// A server's answer, read on a thread of its own: a read takes as long as the server likes, and whoever waits here must notice an interruption.
pub(super) struct Arrivals {
    from: Receiver<Result<Arrival, String>>,
    silence: Duration,
}

impl Arrivals {
    /// Asks for a file from byte `have` on.
    pub fn of(url: &str, have: u64, patience: Patience) -> Self {
        // A few pieces may wait: more would only grow where the disk is slower than the net.
        let (to, from) = sync_channel(4);
        let url = url.to_owned();
        let silence = patience.silence;
        // It ends with the answer, or once nobody listens any more and the next byte comes.
        std::thread::spawn(move || {
            let _ = read_answer(&url, have, silence, &to);
        });
        Self { from, silence }
    }

    /// The next piece.
    pub fn next(&self, stops: &dyn Fn() -> bool) -> Result<Arrival, Broken> {
        let begin = Instant::now();
        loop {
            if stops() {
                return Err(Broken::Final(FetchError::Interrupted));
            }
            match self.from.recv_timeout(TICK) {
                Ok(arrival) => return arrival.map_err(Broken::Off),
                Err(RecvTimeoutError::Disconnected) => return Err(Broken::Off("the answer broke off".to_owned())),
                Err(RecvTimeoutError::Timeout) if begin.elapsed() >= self.silence => {
                    return Err(Broken::Off(format!("nothing came for {:?}", self.silence)));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// Reads an answer into a channel; an error of the channel means that nobody listens.
fn read_answer(
    url: &str,
    have: u64,
    silence: Duration,
    to: &SyncSender<Result<Arrival, String>>,
) -> Result<(), SendError<Result<Arrival, String>>> {
    let response = match ask(url, have, silence) {
        Ok(response) => response,
        Err(error @ (ureq::Error::StatusCode(_) | ureq::Error::BadUri(_) | ureq::Error::HostNotFound)) => {
            return to.send(Ok(Arrival::Refused(error.to_string())));
        }
        Err(error) => return to.send(Err(error.to_string())),
    };
    let length = response.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let (begin, whole) = (range_begins(&response), unsatisfied_length(&response));
    to.send(Ok(Arrival::Head(Head { status: response.status(), begin, whole, length })))?;
    let mut body = response.into_body().into_reader();
    loop {
        let mut buffer = vec![0; 1 << 16];
        match body.read(&mut buffer) {
            Ok(0) => return to.send(Ok(Arrival::End)),
            Ok(n) => {
                buffer.truncate(n);
                to.send(Ok(Arrival::Bytes(buffer)))?;
            }
            Err(error) => return to.send(Err(error.to_string())),
        }
    }
}

fn ask(url: &str, have: u64, silence: Duration) -> Result<Response<ureq::Body>, ureq::Error> {
    let is_plain = url.starts_with("http://");
    let agent: Agent = Agent::config_builder()
        .https_only(!is_plain)
        // A redirect from this machine's HTTP could lead to HTTP elsewhere.
        .max_redirects(if is_plain { 0 } else { 5 })
        .http_status_as_error(false)
        .timeout_connect(Some(silence))
        .timeout_recv_response(Some(silence))
        .user_agent(concat!("consil/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let request = agent.get(url);
    let request = if have > 0 { request.header(header::RANGE, format!("bytes={have}-")) } else { request };
    request.call()
}

/// Where the range of an answer begins: `bytes 5-9/10`.
fn range_begins(response: &Response<ureq::Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// How long a file is whose range could not be given: `bytes */10`.
fn unsatisfied_length(response: &Response<ureq::Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes */")?.trim().parse().ok()
}
