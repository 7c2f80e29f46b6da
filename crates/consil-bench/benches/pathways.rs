//! `cargo bench -p consil-bench --no-default-features --bench pathways`: the bootstrap of a scaling law, against SciPy over the same resamples in one run.
//!
//! Both sides run on one thread, from the optimum of all runs; times are processor seconds. Ours include reading the runs and the first fit from all its
//! starts. The runs are those of Hoffmann et al. below `CONSIL_DATA`, or, where they are not there, runs drawn about the published law. Arguments: `--quick` (few
//! resamples, as a test that it runs), `--resamples N`, `--python PROGRAM` (the interpreter that has SciPy, or CONSIL_BENCH_PYTHON), `--markdown FILE`.
#![allow(clippy::print_stdout, reason = "a table is what a benchmark is for")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use consil_pathways::run::{Datum, without_highest_losses};
use consil_pathways::{Basis, Design, Fit, FitConfig, Law, Objective, Run, RunColumns, Source, Table};
use consil_random::Key;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

const DELTA: f64 = 1e-3;

/// The published fit of Besiroglu et al. (2024), about which runs are drawn where there are none.
const LAW: [f64; 5] = [477.84, 2143.86, 1.8172, 0.3473, 0.3672];

/// Values of the objective that differ by less than this share are one optimum.
const SAME: f64 = 1e-6;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let value = |flag: &str| args.iter().position(|arg| arg == flag).and_then(|at| args.get(at + 1)).cloned();
    let quick = args.iter().any(|arg| arg == "--quick");
    let asked = value("--resamples").map(|n| n.parse().unwrap_or_else(|error| panic!("--resamples {n}: {error}")));
    let n_resamples = asked.unwrap_or(if quick { 100 } else { 4000 });
    let python =
        value("--python").or_else(|| std::env::var("CONSIL_BENCH_PYTHON").ok()).unwrap_or("python3".to_owned());

    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap_or_else(|error| panic!("{error}"));
    let key = Key::new(7);
    let began = processor_seconds();
    let (source, runs) = runs();
    let (fit, bootstrap) = pool.install(|| {
        let config = FitConfig::new(Law::Hoffmann).objective(Objective::Huber { delta: DELTA });
        let fit = config.fit(&runs).unwrap_or_else(|error| panic!("{error}"));
        let bootstrap = fit.bootstrap(n_resamples, key).unwrap_or_else(|error| panic!("{error}"));
        (fit, bootstrap)
    });
    let ours = processor_seconds() - began;

    println!("{source}: {} runs, {n_resamples} resamples, objective {:.10}", runs.len(), fit.value());
    println!("standard errors {:.5?}, {:.1} evaluations each", bootstrap.standard_errors(), bootstrap.mean_evaluations);
    let mut table =
        String::from("| | processor s | times ours | same optimum | ours above by at most |\n|---|--:|--:|--:|--:|\n");
    let _ = writeln!(table, "| consil-pathways, with reading and the first fit | {ours:.2} | 1 | | |");
    match by_scipy(&python, &fit, &runs, n_resamples, key) {
        None => println!("SciPy ({python}): absent; name an interpreter that has it with --python"),
        Some(answer) => {
            let version = answer["version"].as_str().unwrap_or_default();
            for (which, name) in [(0, "objective as it is"), (1, "objective divided by δ")] {
                let scale = &answer["scales"][which];
                let theirs: Vec<f64> =
                    scale["values"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
                assert_eq!(theirs.len(), n_resamples, "SciPy's values");
                let above: Vec<f64> =
                    bootstrap.values.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs - 1.0).collect();
                let same = above.iter().filter(|above| above.abs() < SAME).count() as f64 / n_resamples as f64;
                let worst = above.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let seconds = scale["seconds"].as_f64().unwrap_or(f64::NAN);
                let _ = writeln!(
                    table,
                    "| SciPy {version}, BFGS, analytic gradients, {name} | {seconds:.2} | {:.1} | {:.1} % | {worst:.1e} |",
                    seconds / ours,
                    100.0 * same
                );
            }
        }
    }
    println!("{table}");
    if let Some(path) = value("--markdown") {
        std::fs::write(&path, table).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

/// Processor seconds of this process, all its threads together.
fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The runs, and what they are.
fn runs() -> (String, Vec<Run>) {
    let folder = std::env::var_os("CONSIL_DATA").map(PathBuf::from);
    let path = folder.map(|folder| folder.join("pathways/chinchilla/svg_extracted_data.csv"));
    match path.filter(|path| path.exists()) {
        Some(path) => (path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into()), read(&path)),
        None => ("runs drawn about the published law (CONSIL_DATA has none)".to_owned(), drawn()),
    }
}

fn read(path: &Path) -> Vec<Run> {
    let file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table = Table::read(file, Source::new("runs", Basis::Measured)).unwrap_or_else(|error| panic!("{error}"));
    let columns = RunColumns {
        datum: Datum::Token,
        parameters: "Model Size",
        tokens: None,
        unique_tokens: None,
        compute: Some("Training FLOP"),
        loss: "loss",
    };
    let runs = columns.read(&table).unwrap_or_else(|error| panic!("{error}"));
    without_highest_losses(runs, 5).unwrap_or_else(|error| panic!("{error}"))
}

fn drawn() -> Vec<Run> {
    let mut stream = Key::new(1).child("runs").stream();
    let draw = |k: usize| {
        let compute = 10f64.powf(18.8 + 3.0 * stream.uniform());
        let design = Design::of_compute((compute / 120.0).sqrt() * stream.normal().exp(), compute);
        let loss = Law::Hoffmann.loss(&LAW, &design) * (0.005 * stream.normal()).exp();
        Run { origin: format!("run {k}"), design, loss }
    };
    (0..240).map(draw).collect()
}

/// The same resamples by SciPy; `None` where there is no interpreter with it.
fn by_scipy(python: &str, fit: &Fit, runs: &[Run], n_resamples: usize, key: Key) -> Option<Value> {
    let has_scipy = ["-c", "import scipy.optimize"];
    let found = Command::new(python).args(has_scipy).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        return None;
    }
    let logs = |of: fn(&Run) -> f64| runs.iter().map(|run| of(run).ln()).collect::<Vec<f64>>();
    let mut start = fit.estimates();
    start[..3].iter_mut().for_each(|constant| *constant = constant.ln());
    let given = json!({
        "log_n": logs(|run| run.design.parameters),
        "log_d": logs(|run| run.design.tokens),
        "log_loss": logs(|run| run.loss),
        "delta": DELTA,
        "start": start,
        "counts": (0..n_resamples).map(|resample| fit.resample(resample, key)).collect::<Vec<_>>(),
    });
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let file = folder.path().join("given.json");
    std::fs::write(&file, given.to_string()).unwrap_or_else(|error| panic!("{error}"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pathways/scipy_bootstrap.py");
    let output = Command::new(python)
        .arg(script)
        .arg(&file)
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("OMP_NUM_THREADS", "1")
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{python}: {error}"));
    assert!(output.status.success(), "{python}: {}", output.status);
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("SciPy's answer: {error}")))
}
