//! One file over HTTPS: resumed where it was left, verified by its hash, and there whole or not at all.
//!
//! Plain HTTP is for this machine alone (a test, a mirror beside it). The hash decides, not the server: a file may come from any mirror. Where a file is packed
//! anew by mirrors, the hash is of its unpacked bytes.

mod hash;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Response, StatusCode, Uri, header};

pub use hash::{Hashed, sha256_of};

/// How often a transfer that broke is taken up again before it is given up.
const ATTEMPTS: usize = 3;
/// Without an answer or a byte for so long, a server counts as gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a file was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address cannot be used.
    #[error(
        "{url} cannot be fetched: {problem}\n  help: give an https address; http is for 127.0.0.1, ::1 and localhost alone"
    )]
    Address {
        /// The address.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// The server does not answer, or refuses.
    #[error("{url}: {problem}\n  help: {}", help(.path))]
    Server {
        /// The address.
        url: String,
        /// What happened.
        problem: String,
        /// Where the file belongs.
        path: PathBuf,
    },
    /// The file is another one.
    #[error("{url} gave another file: its SHA-256 is {found}, and {wanted} is expected\n  help: nothing was kept; {}", help(.path))]
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
    #[error("{} cannot be read and written: {source}\n  help: choose another folder with CONSIL_DATA", path.display())]
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

fn help(path: &Path) -> String {
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
}

/// How far a transfer is: bytes that are there, and of how many.
pub type Told<'a> = dyn FnMut(u64, Option<u64>) + 'a;

/// Fetches a file, unless it is there already with the right hash.
///
/// Bytes go to `PATH.part`, which a later call goes on with. Once the hash is right, the file is synced and renamed.
///
/// # Errors
/// [`FetchError`].
pub fn fetch(wanted: Wanted<'_>, stops: &dyn Fn() -> bool, told: &mut Told<'_>) -> Result<(), FetchError> {
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
    for _ in 0..ATTEMPTS {
        match transfer(wanted, &part, stops, told) {
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
fn transfer(wanted: Wanted<'_>, part: &Path, stops: &dyn Fn() -> bool, told: &mut Told<'_>) -> Result<(), Broken> {
    let file_failed = |source| Broken::Final(FetchError::File { path: part.to_owned(), source });
    let server = |problem: String| {
        let (url, path) = (wanted.url.to_owned(), wanted.path.to_owned());
        Broken::Final(FetchError::Server { url, problem, path })
    };
    let mut have = fs::metadata(part).map_or(0, |metadata| metadata.len());
    let response = ask(wanted.url, have).map_err(|error| match error {
        ureq::Error::StatusCode(_) | ureq::Error::BadUri(_) | ureq::Error::HostNotFound => server(error.to_string()),
        error => Broken::Off(error.to_string()),
    })?;
    let status = response.status();
    let goes_on = status == StatusCode::PARTIAL_CONTENT && range_begins(&response) == Some(have);
    if status == StatusCode::RANGE_NOT_SATISFIABLE && have > 0 {
        // The part is as long as the file, or of another file: the hash will tell.
        return match unsatisfied_length(&response) {
            Some(length) if length == have => Ok(()),
            _ => {
                fs::remove_file(part).map_err(file_failed)?;
                Err(Broken::Off("the part was of another file".to_owned()))
            }
        };
    }
    if status != StatusCode::OK && status != StatusCode::PARTIAL_CONTENT {
        return Err(server(format!("the server answers {status}")));
    }
    if status == StatusCode::PARTIAL_CONTENT && !goes_on {
        return Err(server("the server answers with another range than it was asked for".to_owned()));
    }
    if !goes_on {
        // The server knows no ranges: from the start.
        have = 0;
    }
    let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(part).map_err(file_failed)?;
    file.set_len(have).map_err(file_failed)?;
    io::Seek::seek(&mut file, io::SeekFrom::Start(have)).map_err(file_failed)?;
    let length = response.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let total = length.map(|length: u64| have + length);
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        told(have, total);
        if stops() {
            return Err(Broken::Final(FetchError::Interrupted));
        }
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                file.write_all(&buffer[..n]).map_err(file_failed)?;
                have += n as u64;
            }
            Err(error) => return Err(Broken::Off(error.to_string())),
        }
    }
    match total {
        Some(total) if have < total => Err(Broken::Off(format!("{have} of {total} bytes came"))),
        _ => Ok(()),
    }
}

fn ask(url: &str, have: u64) -> Result<Response<ureq::Body>, ureq::Error> {
    let is_plain = url.starts_with("http://");
    let agent: Agent = Agent::config_builder()
        .https_only(!is_plain)
        // A redirect from this machine's HTTP could lead to HTTP elsewhere.
        .max_redirects(if is_plain { 0 } else { 5 })
        .http_status_as_error(false)
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
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
}
