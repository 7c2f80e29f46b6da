//! Laws, trends, forecasts and published numbers by the command line.

use std::fs;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with files, in which `consil pathways` runs without any public data.
struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn pathways(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_consil"));
        let folder = self.0.path();
        command.current_dir(folder).env_remove("CONSIL_DATA").env("NO_COLOR", "1");
        // What somebody has fetched is none of a test.
        command.env("XDG_CACHE_HOME", folder.join("cache"));
        command.arg("pathways").args(args.split_whitespace());
        command
    }

    fn json(&self, args: &str) -> Value {
        let assert = self.pathways(args).arg("--json").assert().success();
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    }

    fn text(&self, args: &str) -> String {
        let assert = self.pathways(args).assert().success();
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    }

    /// What is said of bad input.
    fn refused(&self, args: &str) -> String {
        let assert = self.pathways(args).assert().code(2).stdout("");
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    }
}

/// Runs on a grid of sizes whose losses a law gives, times `noise` of the run's number.
fn runs(header: &str, law: impl Fn(f64, f64) -> f64, noise: impl Fn(i32) -> f64) -> String {
    let row = |k: i32| {
        let (n, d) = (1e8 * 1.6f64.powi(k % 8), 1e9 * 2.1f64.powi(k / 8));
        format!("{n},{d},{},{}\n", 6.0 * n * d, law(n, d) * noise(k))
    };
    format!("{header}\n{}", (0..40).map(row).collect::<String>())
}

const HEADER: &str = "params,tokens,compute,loss";

fn hoffmann(n: f64, d: f64) -> f64 {
    1.8 + 480.0 / n.powf(0.35) + 2100.0 / d.powf(0.37)
}

/// Half a per cent up and down in no order that a law could follow.
fn wobble(k: i32) -> f64 {
    1.0 + 0.005 * (f64::from(k) * 2.4).sin()
}

fn estimate<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["estimates"].as_array().unwrap().iter().find(|estimate| estimate["name"] == name).unwrap()
}

fn near(value: &Value, expected: f64, share: f64) {
    let value = value.as_f64().unwrap();
    assert!((value / expected - 1.0).abs() < share, "{value} is not {expected} within a share of {share}");
}

#[test]
fn fit_finds_the_law_that_made_the_runs() {
    let folder = Folder::with(&[("runs.csv", &runs(HEADER, hoffmann, |_| 1.0))]);
    let report = folder.json("fit runs.csv --bootstrap 100");
    assert_eq!((&report["n_runs"], &report["n_resamples"]), (&40.into(), &100.into()));
    for (name, value) in [("A", 480.0), ("B", 2100.0), ("E", 1.8), ("alpha", 0.35), ("beta", 0.37)] {
        near(&estimate(&report, name)["value"], value, 1e-3);
    }
    let kaplan = |n: f64, d: f64| ((8.8e13 / n).powf(0.076 / 0.095) + 5.4e13 / d).powf(0.095);
    let folder = Folder::with(&[("runs.csv", &runs(HEADER, kaplan, |_| 1.0))]);
    let report = folder.json("fit runs.csv --law kaplan --bootstrap 100");
    near(&estimate(&report, "alpha_N")["value"], 0.076, 1e-3);
    near(&estimate(&report, "alpha_D")["value"], 0.095, 1e-3);
    let by_compute = folder.text("fit runs.csv --law power-compute --bootstrap 100");
    assert!(by_compute.starts_with("law") && by_compute.contains("  power in compute\n"), "{by_compute}");
}

#[test]
fn least_absolute_deviation_passes_over_spoiled_runs() {
    let spoiled = runs(HEADER, hoffmann, |k| if k % 13 == 5 { 1.5 } else { 1.0 });
    let folder = Folder::with(&[("runs.csv", &spoiled)]);
    let report = folder.json("fit runs.csv --objective lad --bootstrap 100");
    near(&estimate(&report, "alpha")["value"], 0.35, 1e-3);
    assert_eq!(report["objective"], "least-absolute");
    let left_out = folder.json("fit runs.csv --leave-out 3 --bootstrap 100");
    assert_eq!(left_out["n_runs"], 37);
    assert!(folder.refused("fit runs.csv --leave-out 1000").contains("none would be left"));
    for delta in ["0", "1e-300", "1e300", "nan"] {
        assert!(folder.refused(&format!("fit runs.csv --delta {delta}")).contains("from 1e-8 to 10"), "{delta}");
    }
    assert!(folder.refused("fit runs.csv --objective lad --delta 0.1").contains("--delta has no effect"));
}

#[test]
fn what_the_runs_do_not_say_is_flagged() {
    // Nothing of these losses is irreducible: E may be as small as one likes.
    let law = |n: f64, d: f64| 480.0 / n.powf(0.35) + 2100.0 / d.powf(0.37);
    let folder = Folder::with(&[("runs.csv", &runs(HEADER, law, wobble))]);
    let report = folder.json("fit runs.csv --bootstrap 100");
    let e = estimate(&report, "E");
    assert_eq!((&e["identification"], &e["profile_low"]), (&"unbounded-below".into(), &Value::Null), "{e}");
    let text = folder.text("fit runs.csv --bootstrap 100");
    let line = text.lines().find(|line| line.starts_with("E ")).unwrap();
    assert!(line.contains("no end to") && line.ends_with("leave it unbounded below"), "{line}");
}

#[test]
fn runs_that_cannot_be_used_are_refused_with_what_is_needed() {
    let few = "params,tokens,loss\n1e9,2e10,3\n2e9,2e10,2.9\n";
    let folder = Folder::with(&[("few.csv", few), ("odd.csv", "a,b\n1,2\n"), ("neg.csv", "n,d,loss\n1e9,1e9,-1\n")]);
    assert!(folder.refused("fit few.csv").contains("needs at least 8 runs, but there are 2"));
    let text = folder.refused("fit odd.csv");
    assert!(text.contains("it has: a, b") && text.contains("help: name it with --parameters COLUMN"), "{text}");
    assert!(folder.refused("fit neg.csv").contains("neg.csv:2: column `loss` has `-1`"));
    assert!(folder.refused("fit nowhere.csv").contains("nowhere.csv cannot be read"));
    assert!(folder.refused("fit few.csv --level 2").contains("--level is 2"));
    assert!(folder.refused("fit few.csv --law chinchilla").contains("data-constrained"));
}

#[test]
fn allocate_agrees_with_the_closed_form() {
    let folder = Folder::with(&[("runs.csv", &runs(HEADER, hoffmann, wobble))]);
    let report = folder.json("fit runs.csv --bootstrap 100");
    let of = |name: &str| estimate(&report, name)["value"].as_f64().unwrap();
    let (a, b, alpha, beta) = (of("A"), of("B"), of("alpha"), of("beta"));
    // Hoffmann et al. (2022), equation 4.
    let g = (alpha * a / (beta * b)).powf(1.0 / (alpha + beta));
    let best = g * (1e22f64 / 6.0).powf(beta / (alpha + beta));
    let allocation = folder.json("allocate runs.csv --bootstrap 100 --flop 1e22");
    near(&allocation["design"]["parameters"], best, 1e-4);
    near(&allocation["design"]["compute"], 1e22, 1e-9);
    let price = "--usd 1e5 --usd-per-hour 2 --peak 1e15 --utilisation 0.5";
    let bought = folder.json(&format!("allocate runs.csv --bootstrap 100 {price}"));
    // An hour buys 3600 s at half of 1e15 FLOP/s.
    near(&bought["design"]["compute"], 1e5 / 2.0 * 3600.0 * 0.5e15, 1e-9);
    assert!(folder.refused("allocate runs.csv").contains("--flop"));
    let price = "--usd 1e5 --usd-per-hour 2 --peak 1e15 --utilisation 4";
    assert!(folder.refused(&format!("allocate runs.csv --bootstrap 100 {price}")).contains("up to 1 is needed"));
    assert!(folder.refused("allocate runs.csv --bootstrap 100 --flop 1e22 --serve=-0.5").contains("to serve is -0.5"));
    assert!(folder.refused("allocate runs.csv --flop 1e22 --distinct-tokens 1e9").contains("data-constrained"));
}

#[test]
fn trend_measures_a_known_doubling() {
    let mut table = "name,date,value\n".to_owned();
    for k in 0..12 {
        // Twice as much every two years, give or take a per cent.
        let value = 2f64.powf(f64::from(k) / 2.0) * (1.0 + 0.01 * (f64::from(k) * 2.4).sin());
        table.push_str(&format!("model {k},{}-07-01,{value}\n", 2010 + k));
    }
    let folder = Folder::with(&[("growth.csv", &table)]);
    let trend = folder.json("trend growth.csv --today 2022-01-01 --reach 64");
    near(&trend["growth_per_year"], 2f64.sqrt(), 5e-3);
    near(&trend["doubling_days"], 2.0 * 365.2425, 0.01);
    assert!(trend["breakpoint"]["p_value"].as_f64().unwrap() > 0.05, "{trend}");
    // 2 to the sixth, twelve years after the first.
    assert_eq!(trend["reach"]["outcome"], "within");
    assert!(trend["reach"]["date"].as_str().unwrap().starts_with("2022-0"), "{trend}");
    // Half of 4,018 days beyond the last observation.
    let far = folder.text("trend growth.csv --today 2022-01-01 --reach 1e6");
    assert!(far.contains("no day is named beyond 2026-12-31; an observation on that day"), "{far}");
    let passed = folder.text("trend growth.csv --today 2022-01-01 --reach 0.1");
    assert!(passed.contains("before 2010-07-01, the first observation"), "{passed}");
    let text = folder.refused("trend growth.csv --today 2020-01-01");
    assert!(text.contains("growth.csv:12: column `date`") && text.contains("after today"), "{text}");
}

#[test]
fn allocate_says_what_such_forecasts_were_worth() {
    let folder = Folder::with(&[("runs.csv", &runs(HEADER, hoffmann, wobble)), ("few.csv", &few_runs())]);
    let allocation = folder.json("allocate runs.csv --bootstrap 100 --flop 1e22");
    let (run, record) = (&allocation["loss_of_a_run"], &allocation["record"]);
    // The law that made the runs, at the design: within the widened interval, which is no narrower than the naive one.
    let design = &allocation["design"];
    let truth = hoffmann(design["parameters"].as_f64().unwrap(), design["tokens"].as_f64().unwrap());
    let end = |interval: &str, end: &str| run[interval][end].as_f64().unwrap();
    assert!((end("interval", "low")..end("interval", "high")).contains(&truth), "{run} {truth}");
    assert!(end("interval", "low") <= end("naive", "low") && end("naive", "high") <= end("interval", "high"), "{run}");
    // Of sixteen origins those before which there were runs enough for the laws.
    assert!((8..=16).contains(&record["origins"].as_array().unwrap().len()), "{record}");
    let text = folder.text("allocate runs.csv --bootstrap 100 --flop 1e22");
    assert!(text.contains("in backtests") && text.contains("loss of one such run"), "{text}");
    // Nine runs carry a law, and no backtest: nothing is said of one run's loss, and why.
    let text = folder.text("allocate few.csv --bootstrap 100 --flop 1e22");
    assert!(text.contains("have no record") && !text.contains("loss of one such run"), "{text}");
}

/// As many runs as a law needs, and one more.
fn few_runs() -> String {
    runs(HEADER, hoffmann, wobble)
        .lines()
        .enumerate()
        .filter(|(at, _)| at % 9 == 0 || *at < 5)
        .fold(String::new(), |text, (_, line)| text + line + "\n")
}

#[test]
fn backtests_compare_what_was_said_with_what_came() {
    let folder = Folder::with(&[("runs.csv", &runs(HEADER, hoffmann, wobble))]);
    let record = folder.json("backtest losses runs.csv --origins 3e19,1e20 --single");
    let origins = record["origins"].as_array().unwrap();
    assert_eq!((origins[0]["origin"].as_str(), origins[1]["origin"].as_str()), (Some("3e19 FLOP"), Some("1e20 FLOP")));
    // As many cases as runs at or above the origin.
    let (n, d) = (|k: i32| 1e8 * 1.6f64.powi(k % 8), |k: i32| 1e9 * 2.1f64.powi(k / 8));
    let above = |origin: f64| (0..40).filter(|k| 6.0 * n(*k) * d(*k) >= origin).count();
    assert_eq!(origins[0]["naive"]["n"], above(3e19));
    assert_eq!(origins[1]["widened"]["n"], above(1e20));
    // The named origins are shown; those that roll between them teach as well.
    let all = folder.json("backtest losses runs.csv --single");
    assert!(origins.len() == 2 && all["origins"].as_array().unwrap().len() >= 8, "{all}");
    assert!(record["widening"]["reach"].as_f64().unwrap() > 0.0, "{record}");
    let text = folder.text("backtest losses runs.csv");
    assert!(text.contains("as known then") && text.contains("by what the latest of"), "{text}");
    // Origins in any order and any number of times are the same origins.
    let again = folder.json("backtest losses runs.csv --origins 1e20,3e19,1e20 --single");
    assert_eq!(again, record);
    for option in ["--objective lad", "--delta 0.01"] {
        let text = folder.refused(&format!("backtest losses runs.csv {option}"));
        assert!(text.contains("has no effect here") && text.contains("add --single"), "{text}");
        folder.json(&format!("backtest losses runs.csv --single {option}"));
    }
    assert!(folder.refused("backtest losses runs.csv --bootstrap 5").contains("5 resamples are too few"));
    let text = folder.refused("backtest losses runs.csv --origins 1e30,1e20");
    assert!(text.contains("nothing was observed after") && text.contains("--origins"), "{text}");
    let few = Folder::with(&[("few.csv", &few_runs())]);
    assert!(few.refused("backtest losses few.csv").contains("three origins of which two were followed by 4 cases"));
}

#[test]
fn a_trend_is_judged_by_its_past() {
    let mut table = "name,date,value\n".to_owned();
    for k in 0..24 {
        let value = 2f64.powf(f64::from(k) / 2.0) * (1.0 + 0.05 * (f64::from(k) * 2.4).sin());
        table.push_str(&format!("model {k},{}-{:02}-01,{value}\n", 2010 + k / 2, 1 + 6 * (k % 2)));
    }
    let folder = Folder::with(&[("growth.csv", &table)]);
    let record =
        folder.json("backtest trend growth.csv --today 2022-01-01 --origins 2015-12-31,2017-12-31 --ahead 730");
    // Two a year, for two years.
    assert_eq!(record["origins"][0]["naive"]["n"], 4);
    let trend = folder.json("trend growth.csv --today 2022-01-01 --reach 6000 --level 0.8 --ahead 1095");
    assert_eq!(trend["record"]["widening"]["n_origins"], 16);
    assert_eq!(trend["reach"]["widening"]["reach"], trend["record"]["widening"]["reach"]);
    // Two observations in a year are too few to learn from.
    let text = folder.text("trend growth.csv --today 2022-01-01 --reach 6000");
    assert!(text.contains("have no record, so are not widened") && text.contains("another --ahead"), "{text}");
    let text = folder.refused("backtest trend growth.csv --today 2022-01-01 --origins 2009-01-01,2017-12-31");
    assert!(text.contains("before the origin 2009-01-01") && text.contains("at least 4 observations"), "{text}");
    assert!(folder.refused("backtest trend growth.csv --origins soon").contains("`soon` is not a date"));
    assert!(folder.refused("backtest trend growth.csv --ahead 0").contains("--ahead is 0"));
}

#[test]
fn capability_finds_the_direction_that_made_the_scores() {
    // One capability drives all; each benchmark has a slope of its own, and the task is a sigmoid of it.
    let mut table = "model,year,easy,middling,hard,task\n".to_owned();
    for k in 0..30 {
        let x = f64::from(k) / 29.0 - 0.5;
        let task = 1.0 / (1.0 + (-8.0 * x).exp());
        // Every seventh model has no score on the task.
        let task = if k % 7 == 3 { String::new() } else { format!("{task}") };
        table.push_str(&format!("m{k},2020,{},{},{},{task}\n", 0.5 + 0.8 * x, 0.5 + 0.4 * x, 0.3 + 0.2 * x));
    }
    let folder = Folder::with(&[("scores.csv", &table), ("per-cent.csv", "model,a,b\nx,50,60\n")]);
    let found = folder.json("capability scores.csv --task task");
    // The year is no share of 1, and the task does not explain itself.
    assert_eq!(found["benchmarks"], serde_json::json!(["easy", "middling", "hard"]));
    near(&found["explained"][0], 1.0, 1e-9);
    // Unit vector along (0.8, 0.4, 0.2).
    near(&found["loadings"][0][0], 0.8 / 0.84f64.sqrt(), 1e-6);
    let task = &found["task"];
    let forecasts = task["forecasts"].as_array().unwrap();
    assert_eq!(forecasts.len(), 4);
    for forecast in forecasts {
        let k: f64 = forecast["model"].as_str().unwrap()[1..].parse().unwrap();
        near(&forecast["score"], 1.0 / (1.0 + (-8.0 * (k / 29.0 - 0.5)).exp()), 1e-3);
    }
    let text = folder.text("capability scores.csv --task task --at 0.2");
    assert!(text.contains("the capability given") && text.contains("in backtests"), "{text}");
    for at in ["nan", "inf"] {
        assert!(folder.refused(&format!("capability scores.csv --task task --at {at}")).contains("--at is"), "{at}");
    }
    assert!(folder.refused("capability scores.csv --task task --bootstrap 0").contains("--bootstrap is 0"));
    assert!(folder.refused("capability scores.csv --benchmarks easy,easy,hard").contains("named twice"));
    assert!(folder.refused("capability per-cent.csv --benchmarks a,b").contains("at least 5 models"));
    assert!(folder.refused("capability scores.csv --task tusk").contains("is `task` meant?"));
}

#[test]
fn profile_adds_up_what_is_published() {
    let gpt_4 = "name = \"GPT-4\"\n[agi-definition]\npublished = \"gpt-4\"\n";
    let folder = Folder::with(&[("gpt-4.toml", gpt_4), ("slip.toml", "name = \"x\"\n[perception]\nvisaul = 0.5\n")]);
    let text = folder.text("profile gpt-4.toml");
    assert!(text.contains("27.00 of 100 points; stage: narrow"), "{text}");
    let text = folder.refused("profile slip.toml");
    assert!(text.contains("slip.toml:3:1") && text.contains("did you mean `visual`?"), "{text}");
    let example = folder.json("profile");
    assert_eq!(example["cognitive"]["faculties"].as_array().unwrap().len(), 6);
    assert_eq!(example["cognitive"]["plan"][0]["name"], "perception.attention");
    assert!(example["scaling"]["requirements"].as_array().unwrap().len() > 3, "{example}");
    // What the text leaves out would be missed: limits, timelines, what innovations wait for, all risks.
    let text = folder.text("profile");
    for part in ["latency", "At the stated growth it is reached", "waits for", "attention", "Electric power may forbid"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

const FORECAST: &str = "name = \"small\"
today = 2026
horizon = 2040
observed = [2000, 2026]
judged-by = \"Ada\"

[quantity]
wait = \"1 to 4\"

[date]
soon = \"today + wait\"
far = \"today + 100 * wait\"
";

#[test]
fn forecast_samples_quantities_and_dates() {
    let folder = Folder::with(&[("small.toml", FORECAST), ("slip.toml", &FORECAST.replace("+ wait", "+ wiat"))]);
    let forecast = folder.json("forecast small.toml --sensitivity soon");
    let outcome = |name: &str| {
        forecast["outcomes"].as_array().unwrap().iter().find(|outcome| outcome["name"] == name).unwrap().clone()
    };
    // The median of a lognormal is the geometric mean of its ends.
    near(&outcome("wait")["summary"]["quantiles"][3], 2.0, 0.02);
    assert_eq!(outcome("soon")["timeline"]["by_horizon"], 1.0);
    assert_eq!(outcome("far")["timeline"]["by_horizon"], 0.0);
    // One input: all of the spread comes from it.
    assert_eq!(forecast["sensitivities"][0]["of"], "soon");
    near(&forecast["sensitivities"][0]["factors"][0]["total"], 1.0, 0.1);
    let text = folder.text("forecast small.toml");
    assert!(text.contains("none: beyond the horizon with 100.0 %"), "{text}");
    let text = folder.refused("forecast slip.toml");
    assert!(text.contains("slip.toml:11") && text.contains("wiat"), "{text}");
    assert!(folder.refused("forecast small.toml --sensitivity later").contains("later"));
}

#[test]
fn the_forecast_that_help_shows_is_one() {
    let folder = Folder::with(&[]);
    let help = folder.text("forecast --help");
    let shown = help.split("A forecast that is one:").nth(1).unwrap();
    fs::write(folder.0.path().join("shown.toml"), shown).unwrap();
    let forecast = folder.json("forecast shown.toml");
    assert_eq!(forecast["outcomes"].as_array().unwrap().len(), 2, "{forecast}");
}

#[test]
fn compare_leaves_no_cell_blank() {
    let folder = Folder::with(&[("small.toml", FORECAST)]);
    let comparison = folder.json("compare");
    let rows = comparison["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 20, "five pathways, four stages");
    for cell in rows.iter().flat_map(|row| row["cells"].as_array().unwrap()) {
        match cell["content"]["kind"].as_str().unwrap() {
            "insufficient-evidence" => assert!(!cell["content"]["needed"].as_str().unwrap().is_empty(), "{cell}"),
            _ => assert!(cell["evidence"].is_object(), "a number without what it rests on: {cell}"),
        }
    }
    assert!(folder.text("compare small.toml").contains(" 100 cells: insufficient evidence"));
}

#[test]
fn compare_shows_what_was_measured_with_its_gain_and_cost() {
    let ablations = r#"[{"name": "part against none", "task": "t", "metric": "accuracy", "better": "higher", "with": [0.9, 0.91, 0.92],
        "without": [0.5, 0.5, 0.52], "cost-with": 3, "cost-without": 2, "cost-unit": "FLOP", "from": "runs/a"}]"#;
    let search = r#"{"objectives": ["loss", "log10 of FLOP"], "training_flops": 1e12, "contest": {"budget": 9, "reference": [1, 1],
        "rounds": [{"seed": 1, "nsga2": 0.6, "random": 0.5, "failed": 0, "random_front": [],
        "front": [{"genome": [1], "objectives": [0.1, 6]}, {"genome": [2], "objectives": [0.2, 5]}]}]}}"#;
    let files = [("a.json", ablations), ("s.json", search), ("runs.csv", &runs(HEADER, hoffmann, wobble))];
    let folder = Folder::with(&files);
    // What this project measured is there without a file.
    let built_in = folder.json("compare");
    let of = |comparison: &Value, pathway: &str| -> Vec<String> {
        let all = comparison["measured"].as_array().unwrap().iter().filter(|of| of["pathway"] == pathway);
        all.map(|of| format!("{} | {} | {}", of["found"], of["cost"], of["evidence"]["basis"])).collect()
    };
    let ours = of(&built_in, "architectural");
    assert!(ours.len() >= 5 && ours.iter().all(|of| of.contains("the FLOP") && of.contains("measured")), "{ours:?}");
    assert!(of(&built_in, "evolutionary")[0].contains("1e41 FLOP"), "{built_in}");
    let given = folder.json("compare --ablations a.json --search s.json --runs runs.csv --bootstrap 100");
    assert_eq!(of(&given, "architectural").len(), 1);
    assert!(of(&given, "architectural")[0].contains("gain +0.4033"), "{given}");
    assert!(of(&given, "evolutionary")[0].contains("60.0 % of the box, random search 50.0 %"), "{given}");
    assert!(of(&given, "scaling")[0].contains("with 10 × the compute of the largest run"), "{given}");
    // No terminal: a hundred columns. Each number in brackets names a source.
    let text = folder.text("compare --ablations a.json");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.contains("part against none: t: accuracy") && text.contains("SOURCES\n  [1]"), "{text}");
    // The report has the fronts.
    folder.text("report page.html --search s.json");
    let page = fs::read_to_string(folder.0.path().join("page.html")).unwrap();
    assert!(page.contains("Fronts after 9 evaluations each, seed 1") && page.contains("Measured or published"));
    let refused = folder.refused("compare --search a.json");
    assert!(refused.contains("a.json:2:") && refused.contains("evolve --json"), "{refused}");
}

#[test]
fn a_file_among_the_data_sets_is_found_by_its_place_there() {
    let folder = Folder::with(&[]);
    let data = folder.0.path().join("cache/consil/data/pathways/mine");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("runs.csv"), runs(HEADER, hoffmann, wobble)).unwrap();
    let fit = folder.json("fit pathways/mine/runs.csv --bootstrap 100");
    assert_eq!(fit["n_runs"], 40);
    let refused = folder.refused("fit pathways/yours/runs.csv");
    assert!(
        refused.contains("pathways/yours/runs.csv cannot be read") && refused.contains("consil data list"),
        "{refused}"
    );
}

#[test]
fn report_is_one_page_that_asks_for_nothing() {
    let folder = Folder::with(&[("runs.csv", &runs(HEADER, hoffmann, wobble))]);
    folder.text("report with-runs.html --runs runs.csv --bootstrap 100");
    let page = fs::read_to_string(folder.0.path().join("with-runs.html")).unwrap();
    assert!(page.contains("Scaling laws") && page.contains("hoffmann, 40 runs"));
    assert_eq!(folder.text("report page.html --sensitivity scaling-general"), "page.html\n");
    let page = fs::read_to_string(folder.0.path().join("page.html")).unwrap();
    assert!(!page.contains("Scaling laws"));
    assert!(page.contains("<svg") && page.contains("scaling-general") && page.trim_end().ends_with("</html>"));
    for request in ["<script", "<link", "src=\"", "url(", "@import"] {
        assert!(!page.contains(request), "{request}");
    }
    assert!(folder.refused("report nowhere/page.html").contains("cannot be written"));
}

#[test]
fn audit_runs_what_is_built_in_and_names_what_is_not_there() {
    let folder = Folder::with(&[]);
    let assert = folder.pathways("audit --json").assert().success();
    let output = assert.get_output();
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let of = |check: &str| rows.iter().find(|row| row["check"] == check).unwrap();
    // Hendrycks et al. (2025): 27 and 57 points.
    for (check, points) in [("AGI definition, GPT-4, total", 27.0), ("AGI definition, GPT-5, total", 57.0)] {
        assert_eq!((&of(check)["published"], &of(check)["ours"]), (&points.into(), &points.into()));
    }
    assert!(rows.iter().all(|row| row["ok"] == true && row["tolerance"].is_number()));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("5 files not there") && said.contains("pathways/chinchilla/svg_extracted_data.csv"),
        "{said}"
    );
}

#[test]
fn audit_disagrees_with_other_data() {
    let other = runs("Model Size,tokens,Training FLOP,loss", hoffmann, wobble);
    let folder = Folder::with(&[("data/pathways/chinchilla/svg_extracted_data.csv", &other)]);
    let assert = folder.pathways("audit --data data --json").assert().code(2);
    let rows: Vec<Value> = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let wrong: Vec<&str> =
        rows.iter().filter(|row| row["ok"] == false).map(|row| row["check"].as_str().unwrap()).collect();
    assert!(wrong.contains(&"Chinchilla, Huber, δ = 1e-3, objective"), "{wrong:?}");
    assert!(wrong.iter().all(|check| check.starts_with("Chinchilla") || check.starts_with("the same")), "{wrong:?}");
    let folder = Folder::with(&[("data/pathways/obs/base_43dad32.csv", "Model\nx\n")]);
    assert!(folder.refused("audit --data data").contains("has no column"));
}

#[test]
fn a_decline_halves_and_rows_without_a_value_are_counted() {
    let mut table = "name,date,value\n".to_owned();
    for k in 0..16 {
        let value = 0.5f64.powf(f64::from(k)) * (1.0 + 0.01 * (f64::from(k) * 2.4).sin());
        table.push_str(&format!("m{k},{}-07-01,{value}\n", 2005 + k));
    }
    let folder = Folder::with(&[("falling.csv", &table), ("gap.csv", &format!("{table}m16,2021-01-01,\n"))]);
    let text = folder.text("trend falling.csv --today 2022-01-01");
    assert!(text.contains("halving") && !text.contains("no end") && !text.contains("left out"), "{text}");
    let text = folder.text("trend gap.csv --today 2022-01-01");
    assert!(text.contains("16 observations") && text.contains("1 row without a value or a date"), "{text}");
}
