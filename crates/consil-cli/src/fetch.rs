//! One file over HTTPS: resumed where it was left, verified by its hash, and there whole or not at all.
//!
//! Plain HTTP is for this machine alone (a test, a mirror beside it). The hash decides, not the server: a file may come from any mirror. Where a file is packed
//! anew by mirrors, the hash is of its unpacked bytes.

mod answer;
mod hash;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use answer::{Arrival, Arrivals};
use consil_diagnostic::Hint;
use ureq::http::{StatusCode, Uri};

pub use hash::{Hashed, sha256_of};

/// How often a transfer that broke is taken up again before it is given up.
const ATTEMPTS: u32 = 4;
/// How long nobody looks whether it is to stop.
const TICK: Duration = Duration::from_millis(100);

/// Why a file was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address cannot be used.
    #[error("{url} cannot be fetched: {problem}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// The server does not answer, or refuses.
    #[error("{url}: {problem}")]
    Server {
        /// The address.
        url: String,
        /// What happened.
        problem: String,
        /// Where the file belongs.
        path: PathBuf,
    },
    /// The file is another one.
    #[error("{url} gave another file: its SHA-256 is {found}, and {wanted} is expected")]
    OtherFile {
        /// The address.
        url: String,
        /// The hash of what came.
        found: String,
        /// The hash that it should have.
        wanted: String,
        /// Where the file belongs.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be read and written: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Ctrl-C was pressed; what came is kept.
    #[error("interrupted")]
    Interrupted,
}

impl Hint for FetchError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Address { .. } => {
                Some("give an https address; http is for 127.0.0.1, ::1 and localhost alone".to_owned())
            }
            Self::Server { path, .. } => Some(later(path)),
            Self::OtherFile { path, .. } => Some(format!("nothing was kept; {}", later(path))),
            Self::File { .. } => Some("choose another folder with CONSIL_DATA".to_owned()),
            Self::Interrupted => None,
        }
    }
}

fn later(path: &Path) -> String {
    format!("try again later, which goes on where it was, or place the file by hand at {}", path.display())
}

/// What a file is, and where it belongs.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Where it comes from.
    pub url: &'a str,
    /// Where it belongs.
    pub path: &'a Path,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: &'a str,
    /// Of which bytes.
    pub hashed: Hashed,
    /// How many they are; 0 where the list does not say.
    pub bytes: u64,
}

impl Wanted<'_> {
    /// How many bytes may come: a file that is packed is not longer than what is in it, but for the frame of blocks that do not compress.
    fn most_bytes(&self) -> u64 {
        match (self.bytes, self.hashed) {
            (0, _) => u64::MAX,
            (bytes, Hashed::File) => bytes,
            (bytes, Hashed::Unpacked) => bytes.saturating_add(bytes / 1000).saturating_add(4096),
        }
    }
}

/// How far a transfer is: bytes that are there, and of how many.
pub type Told<'a> = dyn FnMut(u64, Option<u64>) + 'a;

/// How long to wait for a server.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Without an answer or a byte for so long, a server counts as gone.
    pub silence: Duration,
    /// How long to wait before the second attempt; twice as long before each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: Duration::from_secs(30), pause: Duration::from_secs(1) }
    }
}

/// Fetches a file, unless it is there already with the right hash.
///
/// Bytes go to `PATH.part`, which a later call goes on with; more of them than the list says are refused. Once the hash is right, the file is synced and
/// renamed. `stops` is asked ten times a second, whatever the server does.
///
/// # Errors
/// [`FetchError`].
pub fn fetch(
    wanted: Wanted<'_>,
    patience: Patience,
    stops: &dyn Fn() -> bool,
    told: &mut Told<'_>,
) -> Result<(), FetchError> {
    check_address(wanted.url)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FetchError::File { path, source }
    };
    if let Some(folder) = wanted.path.parent() {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let part = part_of(wanted.path);
    let mut broken = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            pause(patience.pause * (1 << (attempt - 1)), stops)?;
        }
        match transfer(wanted, &part, patience, stops, told) {
            Ok(()) => {
                let found = sha256_of(&part, wanted.hashed).map_err(failed(&part));
                // What does not unpack is another file as well.
                let found = if wanted.hashed == Hashed::Unpacked { found.unwrap_or_default() } else { found? };
                if found != wanted.sha256 {
                    fs::remove_file(&part).map_err(failed(&part))?;
                    let (url, path) = (wanted.url.to_owned(), wanted.path.to_owned());
                    let found = if found.is_empty() { "none, since it does not unpack".to_owned() } else { found };
                    return Err(FetchError::OtherFile { url, found, wanted: wanted.sha256.to_owned(), path });
                }
                File::open(&part).and_then(|file| file.sync_all()).map_err(failed(&part))?;
                return fs::rename(&part, wanted.path).map_err(failed(wanted.path));
            }
            Err(Broken::Off(problem)) => broken = Some(problem),
            Err(Broken::Final(error)) => return Err(error),
        }
    }
    let problem = format!("the transfer broke off {ATTEMPTS} times: {}", broken.unwrap_or_default());
    Err(FetchError::Server { url: wanted.url.to_owned(), problem, path: wanted.path.to_owned() })
}

/// Waits, unless it is to stop.
fn pause(length: Duration, stops: &dyn Fn() -> bool) -> Result<(), FetchError> {
    let begin = Instant::now();
    while begin.elapsed() < length {
        if stops() {
            return Err(FetchError::Interrupted);
        }
        std::thread::sleep(TICK.min(length));
    }
    Ok(())
}

/// How a transfer did not end.
enum Broken {
    /// It may go on.
    Off(String),
    /// It may not.
    Final(FetchError),
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

/// Fetches what is missing of the part.
fn transfer(
    wanted: Wanted<'_>,
    part: &Path,
    patience: Patience,
    stops: &dyn Fn() -> bool,
    told: &mut Told<'_>,
) -> Result<(), Broken> {
    let file_failed = |source| Broken::Final(FetchError::File { path: part.to_owned(), source });
    let server = |problem: String| {
        let (url, path) = (wanted.url.to_owned(), wanted.path.to_owned());
        Broken::Final(FetchError::Server { url, problem, path })
    };
    let found = fs::symlink_metadata(part).ok();
    if found.as_ref().is_some_and(|found| !found.is_file()) {
        return Err(file_failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")));
    }
    let most = wanted.most_bytes();
    let mut have = found.map_or(0, |found| found.len());
    let arrivals = Arrivals::of(wanted.url, have, patience);
    let head = match arrivals.next(stops)? {
        Arrival::Head(head) => head,
        Arrival::Refused(problem) => return Err(server(problem)),
        Arrival::Bytes(_) | Arrival::End => return Err(Broken::Off("the server did not answer".to_owned())),
    };
    let goes_on = head.status == StatusCode::PARTIAL_CONTENT && head.begin == Some(have);
    if head.status == StatusCode::RANGE_NOT_SATISFIABLE && have > 0 {
        // The part is as long as the file, or of another file: the hash will tell.
        return match head.whole {
            Some(length) if length == have => Ok(()),
            _ => {
                fs::remove_file(part).map_err(file_failed)?;
                Err(Broken::Off("the part was of another file".to_owned()))
            }
        };
    }
    if is_passing(head.status) {
        return Err(Broken::Off(format!("the server answers {}", head.status)));
    }
    if head.status != StatusCode::OK && head.status != StatusCode::PARTIAL_CONTENT {
        return Err(server(format!("the server answers {}", head.status)));
    }
    if head.status == StatusCode::PARTIAL_CONTENT && !goes_on {
        return Err(server("the server answers with another range than it was asked for".to_owned()));
    }
    if !goes_on {
        // The server knows no ranges: from the start.
        have = 0;
    }
    let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(part).map_err(file_failed)?;
    file.set_len(have).map_err(file_failed)?;
    io::Seek::seek(&mut file, io::SeekFrom::Start(have)).map_err(file_failed)?;
    let total = head.length.map(|length| have.saturating_add(length));
    loop {
        told(have, total);
        match arrivals.next(stops)? {
            Arrival::Bytes(bytes) => {
                have += bytes.len() as u64;
                if have > most {
                    drop(file);
                    fs::remove_file(part).map_err(file_failed)?;
                    let problem = format!("more than the {} bytes came that the list says", wanted.bytes);
                    return Err(server(problem));
                }
                file.write_all(&bytes).map_err(file_failed)?;
            }
            _ => break,
        }
    }
    match total {
        Some(total) if have < total => Err(Broken::Off(format!("{have} of {total} bytes came"))),
        _ => Ok(()),
    }
}

/// Whether a server that answers so may answer otherwise soon.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// HTTPS, or HTTP of this machine.
fn check_address(url: &str) -> Result<(), FetchError> {
    let refuse = |problem: &str| Err(FetchError::Address { url: url.to_owned(), problem: problem.to_owned() });
    let Ok(uri) = url.parse::<Uri>() else { return refuse("it is no address") };
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => Ok(()),
        (Some("http"), Some("127.0.0.1" | "[::1]" | "localhost")) => Ok(()),
        (Some("http"), _) => refuse("anyone between could read and change it"),
        _ => refuse("it is no https address"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for url in ["https://example.org/a", "http://127.0.0.1:80/a", "http://[::1]/a", "http://localhost:8080/a"] {
            assert!(check_address(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.org/a",
            "http://127.0.0.1.example.org/",
            "ftp://127.0.0.1/a",
            "/etc/passwd",
            "file:///etc/passwd",
        ] {
            assert!(check_address(url).is_err(), "{url}");
        }
    }

    /// A server on this machine that answers each request with the next of `answers`, the last again and again: bytes, and whether it then holds the
    /// connection open in silence.
    fn serve(answers: Vec<(Vec<u8>, bool)>) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/file", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for (n, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let mut request = [0; 2048];
                let _ = stream.read(&mut request);
                let (bytes, holds) = &answers[n.min(answers.len() - 1)];
                let _ = stream.write_all(bytes);
                if *holds {
                    held.push(stream);
                }
            }
        });
        address
    }

    fn ok(length: &str, body: &[u8]) -> Vec<u8> {
        [format!("HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n").as_bytes(), body].concat()
    }

    const QUICK: Patience = Patience { silence: Duration::from_millis(300), pause: Duration::from_millis(5) };

    /// Fetches three bytes, `abc`.
    fn fetched(
        answers: Vec<(Vec<u8>, bool)>,
        patience: Patience,
        stops: &dyn Fn() -> bool,
    ) -> (Result<(), FetchError>, u64) {
        let folder = tempfile::tempdir().unwrap();
        let (url, path) = (serve(answers), folder.path().join("file"));
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let wanted = Wanted { url: &url, path: &path, sha256, hashed: Hashed::File, bytes: 3 };
        let result = fetch(wanted, patience, stops, &mut |_, _| ());
        (result, fs::metadata(part_of(&path)).map_or(0, |found| found.len()))
    }

    #[test]
    fn a_server_that_is_busy_is_asked_again() {
        let busy =
            (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(), false);
        let whole = (ok("Content-Length: 3\r\n", b"abc"), false);
        fetched(vec![busy.clone(), busy.clone(), whole], QUICK, &|| false).0.unwrap();
        let error = fetched(vec![busy], QUICK, &|| false).0.unwrap_err().to_string();
        assert!(error.contains("broke off 4 times: the server answers 503"), "{error}");
        let gone = (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(), false);
        let error = fetched(vec![gone], QUICK, &|| false).0.unwrap_err().to_string();
        assert!(error.contains("the server answers 404") && !error.contains("times"), "{error}");
    }

    #[test]
    fn a_body_that_stalls_is_given_up() {
        let begin = Instant::now();
        let stalled = (ok("Content-Length: 3\r\n", b"a"), true);
        let error = fetched(vec![stalled], QUICK, &|| false).0.unwrap_err().to_string();
        assert!(error.contains("nothing came for 300ms"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn an_interruption_is_noticed_within_a_second_while_a_server_is_silent() {
        let begin = Instant::now();
        let stops = || begin.elapsed() > Duration::from_millis(300);
        let stalled = (ok("Content-Length: 3\r\n", b"a"), true);
        let (result, kept) = fetched(vec![stalled], Patience::default(), &stops);
        assert!(matches!(result, Err(FetchError::Interrupted)));
        assert!(begin.elapsed() < Duration::from_millis(1300), "{:?}", begin.elapsed());
        assert_eq!(kept, 1, "what came is kept");
    }

    #[test]
    fn no_more_is_written_than_the_list_says() {
        for length in ["", "Content-Length: 9000000\r\n"] {
            let endless = (ok(length, &vec![b'x'; 9_000_000]), true);
            let (result, kept) = fetched(vec![endless], QUICK, &|| false);
            let error = result.unwrap_err().to_string();
            assert!(error.contains("more than the 3 bytes came"), "{error}");
            assert_eq!(kept, 0);
        }
    }
}
