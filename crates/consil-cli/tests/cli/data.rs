//! Data sets by the command line, fetched from a server on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// How the server behaves.
#[derive(Clone, Copy)]
enum Server {
    /// Answers ranges.
    Ranges,
    /// Knows no ranges: always the whole file.
    NoRanges,
    /// Sends at most so many bytes, then closes; answers ranges.
    Breaks(usize),
}

/// A server on a free port of this machine that serves `bytes` at every path until the test ends; its address, and the ranges that it was asked for.
fn serve(behaviour: Server, bytes: Vec<u8>) -> (String, Arc<Mutex<Vec<Option<usize>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), behaviour, &bytes, &seen);
        }
    });
    (address, asked)
}

fn answer(mut stream: TcpStream, behaviour: Server, bytes: &[u8], seen: &Mutex<Vec<Option<usize>>>) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let range = head.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("range").then(|| value.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())?
    });
    seen.lock().unwrap().push(range);
    let begin = match behaviour {
        Server::NoRanges => 0,
        _ => range.unwrap_or(0),
    };
    let whole = bytes.len();
    let head = match begin {
        0 => format!("HTTP/1.1 200 OK\r\nContent-Length: {whole}\r\n"),
        _ if begin >= whole => {
            format!("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{whole}\r\nContent-Length: 0\r\n")
        }
        _ => format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {begin}-{}/{whole}\r\nContent-Length: {}\r\n",
            whole - 1,
            whole - begin
        ),
    };
    let rest = &bytes[begin.min(whole)..];
    let sent = match behaviour {
        Server::Breaks(most) => &rest[..most.min(rest.len())],
        _ => rest,
    };
    // Whoever asked may be gone.
    let _ =
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).and_then(|()| stream.write_all(sent));
}

/// A folder with a list of one set, `one`, whose file comes from a server.
struct Folder(TempDir);

/// What the list says of a file.
fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Folder {
    fn new(url: &str, sha256: &str, extra: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let text = format!(
            "[[set]]\nname = \"one\"\nabout = \"a file\"\nlicence = \"none\"\nsource = \"https://example.org\"\n[[set.file]]\npath = \"one/file.bin\"\nurl = \"{url}\"\nbytes = 200000\nsha256 = \"{sha256}\"\n{extra}"
        );
        std::fs::write(folder.path().join("list.toml"), text).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn data(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_consil"));
        command.current_dir(self.0.path()).env("CONSIL_DATA", self.path("data")).env("NO_COLOR", "1");
        command.arg("data").args(args.split_whitespace()).args(["--catalogue", "list.toml"]);
        command
    }

    fn fetch(&self) -> Value {
        let assert = self.data("fetch one --json").assert().success();
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    }

    fn refused(&self, args: &str) -> String {
        let assert = self.data(args).assert().code(2).stdout("");
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    }

    fn fetched(&self) -> Vec<u8> {
        std::fs::read(self.path("data/one/file.bin")).unwrap()
    }

    fn part(&self) -> PathBuf {
        self.path("data/one/file.bin.part")
    }
}

fn bytes() -> Vec<u8> {
    (0..200_000u64).map(|i| (i * i % 251) as u8).collect()
}

#[test]
fn a_file_is_fetched_once_and_listed_as_verified() {
    let (url, asked) = serve(Server::Ranges, bytes());
    let folder = Folder::new(&url, &sha256(&bytes()), "");
    let list = |folder: &Folder| -> Value {
        let assert = folder.data("list --json").assert().success();
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    };
    assert_eq!(list(&folder)["sets"][0]["presence"], "absent");
    assert_eq!(folder.fetch()["fetched"].as_array().unwrap().len(), 1);
    assert_eq!(folder.fetched(), bytes());
    assert!(!folder.part().exists());
    assert_eq!(folder.fetch()["there"].as_array().unwrap().len(), 1);
    assert_eq!(*asked.lock().unwrap(), [None]);
    assert_eq!(list(&folder)["sets"][0]["presence"], "verified");
    std::fs::write(folder.path("data/one/file.bin"), "changed").unwrap();
    assert_eq!(list(&folder)["sets"][0]["presence"], "incomplete");
}

#[test]
fn a_transfer_that_breaks_goes_on_where_it_was() {
    // Three answers of 80,000 bytes are enough for 200,000.
    let (url, asked) = serve(Server::Breaks(80_000), bytes());
    let folder = Folder::new(&url, &sha256(&bytes()), "");
    folder.fetch();
    assert_eq!(folder.fetched(), bytes());
    assert_eq!(*asked.lock().unwrap(), [None, Some(80_000), Some(160_000)]);
    // Four of 20,000 are not, and a second call goes on. It is the server's fault, not the user's: another exit code.
    let (url, asked) = serve(Server::Breaks(20_000), bytes());
    let folder = Folder::new(&url, &sha256(&bytes()), "");
    let assert = folder.data("fetch one").assert().code(3).stdout("");
    let broken = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(broken.contains("broke off 4 times") && broken.contains("by hand at"), "{broken}");
    assert!(!folder.path("data/one/file.bin").exists());
    assert_eq!(std::fs::metadata(folder.part()).unwrap().len(), 80_000);
    folder.data("fetch one").assert().code(3).stdout("");
    assert_eq!(asked.lock().unwrap()[4], Some(80_000));
}

#[test]
fn a_server_that_knows_no_ranges_gives_the_file_from_its_start() {
    let (url, asked) = serve(Server::NoRanges, bytes());
    let folder = Folder::new(&url, &sha256(&bytes()), "");
    std::fs::create_dir_all(folder.path("data/one")).unwrap();
    std::fs::write(folder.part(), &bytes()[..5_000]).unwrap();
    folder.fetch();
    assert_eq!((folder.fetched(), &*asked.lock().unwrap()), (bytes(), &vec![Some(5_000)]));
}

#[test]
fn a_part_that_is_whole_is_verified_and_a_foreign_one_is_dropped() {
    let (url, _) = serve(Server::Ranges, bytes());
    let folder = Folder::new(&url, &sha256(&bytes()), "");
    std::fs::create_dir_all(folder.path("data/one")).unwrap();
    std::fs::write(folder.part(), bytes()).unwrap();
    folder.fetch();
    assert_eq!(folder.fetched(), bytes());
    let folder = Folder::new(&url, &sha256(&bytes()), "");
    std::fs::create_dir_all(folder.path("data/one")).unwrap();
    std::fs::write(folder.part(), vec![0; 300_000]).unwrap();
    folder.fetch();
    assert_eq!(folder.fetched(), bytes());
}

#[test]
fn another_file_is_refused_and_not_kept() {
    let (url, _) = serve(Server::Ranges, bytes());
    let folder = Folder::new(&url, &sha256(b"something else"), "");
    let refused = folder.refused("fetch one");
    assert!(refused.contains(&sha256(&bytes())) && refused.contains("nothing was kept"), "{refused}");
    assert!(!folder.path("data/one/file.bin").exists() && !folder.part().exists());
    // What does not unpack is another file.
    let folder = Folder::new(&url, &sha256(&bytes()), "hashed = \"unpacked\"\n");
    assert!(folder.refused("fetch one").contains("does not unpack"));
}

#[test]
fn what_cannot_be_fetched_says_what_to_do() {
    let folder = Folder::new("http://example.org/file", &sha256(b""), "");
    let plain = folder.refused("fetch one");
    assert!(plain.contains("http://example.org/file cannot be fetched") && plain.contains("https"), "{plain}");
    assert!(folder.refused("fetch none").contains("there is no data set `none`"));
    let folder = Folder::new("http://127.0.0.1:1/file", &sha256(b""), "");
    let lost = folder.data("fetch one").assert().code(3).stdout("");
    assert!(String::from_utf8_lossy(&lost.get_output().stderr).contains("by hand at"));
    let mut by_hand = Command::new(env!("CARGO_BIN_EXE_consil"));
    by_hand.args(["data", "fetch", "fsdd"]).env("CONSIL_DATA", folder.path("data"));
    let assert = by_hand.assert().code(2).stdout("");
    let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(text.contains("recordings/") && text.contains("CC BY-SA 4.0"), "{text}");
}

#[test]
fn the_folder_is_that_of_the_variable_or_of_the_cache() {
    let folder = Folder::new("http://127.0.0.1:1/file", "", "");
    folder.data("where").assert().success().stdout(format!("{}\n", folder.path("data").display()));
    let mut cached = Command::new(env!("CARGO_BIN_EXE_consil"));
    cached.args(["data", "where"]).env_remove("CONSIL_DATA").env("XDG_CACHE_HOME", "/somewhere");
    cached.assert().success().stdout("/somewhere/consil/data\n");
}
