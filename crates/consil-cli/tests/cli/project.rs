//! A project that trains in a second: an image and a tone, each 0 or 1, labelled only with their sum.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const SPEC: &str = r#"name = "tiny"
seed = 7

[data]
train = "train.csv"
test = "test.csv"
target = "sum"

[modality.image]
kind = "vision"
concept = "digit"

[modality.voice]
kind = "audio"
concept = "word"
features = { log-mel = 8 }

[network.digit]
input = "image"
encoder = [{ conv = 4, kernel = 3 }, "relu", "flatten", { linear = 8 }, "relu"]

[network.spoken]
input = "voice"
encoder = ["flatten", { linear = 8 }, "relu"]

[logic]
program = "sum.pl"
query = "sum(R)"

[train]
epochs = 3
batch-size = 5
optimizer = { adam = { lr = 1e-2 } }

[federate]
sites = 2
rounds = 2
partition = "iid"
"#;

const RULES: &str = "nn(digit,  [image], D, [0, 1]) :: seen(D).
nn(spoken, [voice], D, [0, 1]) :: heard(D).
sum(R) :- seen(A), heard(B), R is A + B.
";

const N_TRAIN: usize = 24;
const N_TEST: usize = 12;

/// The project's folder, removed when dropped.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// Writes it.
    pub fn new() -> Self {
        let project = Self { folder: TempDir::new().unwrap() };
        project.write("tiny.toml", SPEC);
        project.write("sum.pl", RULES);
        project.write_rows("train.csv", 0..N_TRAIN);
        project.write_rows("test.csv", N_TRAIN..N_TRAIN + N_TEST);
        project
    }

    fn write_rows(&self, manifest: &str, rows: std::ops::Range<usize>) {
        let mut text = "image,voice,sum,digit,word\n".to_owned();
        for row in rows {
            let (digit, word) = (row % 2, row / 2 % 2);
            self.write_image(&format!("{row}.png"), row, digit);
            self.write_tone(&format!("{row}.wav"), row, word);
            text.push_str(&format!("{row}.png,{row}.wav,{},{digit},{word}\n", digit + word));
        }
        self.write(manifest, &text);
    }

    /// Writes a manifest without targets whose predictions are more than a pipe holds.
    pub fn many_rows(&self, manifest: &str) {
        let rows = (0..20_000).map(|i| format!("{}.png,{}.wav\n", i % N_TRAIN, i % N_TRAIN));
        self.write(manifest, &("image,voice\n".to_owned() + &rows.collect::<String>()));
    }

    /// 8×8 grey: the left half is bright for 0, the right half for 1; no two rows are the same.
    fn write_image(&self, name: &str, row: usize, digit: usize) {
        let image = image::GrayImage::from_fn(8, 8, |x, y| {
            let bright = (x as usize / 4 == digit) as u8;
            image::Luma([40 + 120 * bright + ((row * 7 + x as usize * 3 + y as usize * 5) % 40) as u8])
        });
        image.save(self.path(name)).unwrap();
    }

    /// A tenth of a second of 300 Hz for 0, 1200 Hz for 1, at 8 kHz.
    fn write_tone(&self, name: &str, row: usize, word: usize) {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(self.path(name), spec).unwrap();
        let hertz = [300.0, 1200.0][word] + row as f64;
        for i in 0..800 {
            let phase = std::f64::consts::TAU * hertz * f64::from(i) / 8000.0;
            writer.write_sample((phase.sin() * 8000.0) as i16).unwrap();
        }
        writer.finalize().unwrap();
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces a part of a file, which must be there.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// `consil ARGS…` in the folder; `args` are separated by blanks.
    pub fn consil(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_consil"));
        clean(command.current_dir(self.folder.path()), args);
        command
    }

    /// Starts `consil ARGS…` in the folder and leaves it running.
    pub fn start(&self, args: &str) -> Child {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_consil"));
        command.current_dir(self.folder.path()).args(args.split(' ')).env("NO_COLOR", "1");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs `consil ARGS… --json --quiet`, which must succeed and say nothing but one JSON value.
    pub fn json(&self, args: &str) -> Value {
        let assert = self.consil(&format!("{args} --json --quiet")).assert().success().stderr("");
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    }

    /// Runs `consil ARGS…`, which must end with exit code 2 and nothing on stdout; what it says on stderr.
    pub fn refused(&self, args: &str) -> String {
        let assert = self.consil(args).assert().code(2).stdout("");
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    }

    /// Trains with these further arguments; the name of the run in `runs`.
    pub fn train(&self, args: &str) -> String {
        let run = self.json(&format!("train tiny.toml {args}"));
        Path::new(run["run"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned()
    }
}

fn clean<'a>(command: &'a mut Command, args: &str) -> &'a mut Command {
    command.args(args.split(' ').filter(|arg| !arg.is_empty())).env("NO_COLOR", "1").env_remove("RUST_BACKTRACE")
}

/// What a run leaves behind that does not depend on how fast it was: its weights, its result and its records.
pub fn essence(project: &Project, run: &str) -> (Weights, Value, Vec<Value>) {
    let weights = Weights::read(&project.path(&format!("runs/{run}/model.safetensors")));
    let mut result: Value = serde_json::from_str(&project.read(&format!("runs/{run}/result.json"))).unwrap();
    forget_times(&mut result);
    let records = project.read(&format!("runs/{run}/metrics.jsonl"));
    let records = records.lines().map(|line| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        forget_times(&mut record);
        record
    });
    (weights, result, records.collect())
}

/// A safetensors file: its header, whose entries have no order, and the numbers.
#[derive(PartialEq)]
pub struct Weights {
    header: Value,
    numbers: Vec<u8>,
}

impl Weights {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let (length, rest) = bytes.split_first_chunk().unwrap();
        let (header, numbers) = rest.split_at(u64::from_le_bytes(*length) as usize);
        Self { header: serde_json::from_slice(header).unwrap(), numbers: numbers.to_vec() }
    }
}

fn forget_times(value: &mut Value) {
    let object = value.as_object_mut().unwrap();
    object.remove("seconds");
    object.remove("logic_share");
}
