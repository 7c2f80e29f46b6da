//! 4,000 case resamples of the Chinchilla runs on one thread, for the comparison with SciPy in `bootstrap_peer.py` beside this file.
//!
//! Writes, as JSON: the fit, its standard errors, and for each resample the least value of the objective. With `--counts`, also how often each run is
//! drawn, so that the peer fits the very same resamples.

use std::io::Write;
use std::path::PathBuf;

use consil_pathways::{Basis, FitConfig, Law, Objective, RunColumns, Source, Table, run};
use consil_random::Key;
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let data = PathBuf::from(std::env::var_os("CONSIL_DATA").ok_or("set CONSIL_DATA to the folder of data sets")?);
    let objective = match arguments.iter().any(|argument| argument == "--least-absolute") {
        true => Objective::LeastAbsolute,
        false => Objective::Huber { delta: 1e-3 },
    };
    let n_resamples = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(4000);
    let file = std::fs::File::open(data.join("pathways/chinchilla/svg_extracted_data.csv"))?;
    let table = Table::read(file, Source::new("svg_extracted_data.csv", Basis::Measured))?;
    let columns = RunColumns {
        datum: consil_pathways::run::Datum::Token,
        parameters: "Model Size",
        tokens: None,
        unique_tokens: None,
        compute: Some("Training FLOP"),
        loss: "loss",
    };
    let runs = run::without_highest_losses(columns.read(&table)?, 5)?;
    let fit = FitConfig::new(Law::Hoffmann).objective(objective).fit(&runs)?;
    let key = Key::new(7);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let bootstrap = pool.install(|| fit.bootstrap(n_resamples, key))?;
    let counts = arguments.iter().any(|argument| argument == "--counts");
    let counts = counts.then(|| (0..n_resamples).map(|resample| fit.resample(resample, key)).collect::<Vec<_>>());
    let report = json!({
        "estimates": fit.estimates(),
        "value": fit.value(),
        "standard-errors": bootstrap.standard_errors(),
        "mean-evaluations": bootstrap.mean_evaluations,
        "values": bootstrap.values,
        "counts": counts,
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}
