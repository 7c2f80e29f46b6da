//! Every command's long help, as it is printed. `UPDATE_EXPECT=1 cargo test -p consil-cli help` writes the files anew.

use assert_cmd::Command;
use expect_test::{ExpectFile, expect_file};

fn check(command: &str, expected: ExpectFile) {
    let args = command.split(' ').filter(|arg| !arg.is_empty());
    let assert = Command::new(env!("CARGO_BIN_EXE_consil"))
        .args(args)
        .arg("--help")
        .env_remove("COLUMNS")
        .assert()
        .success()
        .stderr("");
    let help = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(help.contains("EXAMPLES\n  consil "), "{help}");
    expected.assert_eq(&help);
}

macro_rules! help {
    ($($test:ident: $command:literal => $file:literal,)*) => {
        $(#[test]
        fn $test() {
            check($command, expect_file![concat!("help/", $file, ".txt")]);
        })*
    };
}

help! {
    consil: "" => "consil",
    demo: "demo" => "demo",
    new: "new" => "new",
    check_: "check" => "check",
    train: "train" => "train",
    eval: "eval" => "eval",
    predict: "predict" => "predict",
    explain: "explain" => "explain",
    reason: "reason" => "reason",
    federate: "federate" => "federate",
    federate_simulate: "federate simulate" => "federate-simulate",
    describe: "describe" => "describe",
    runs: "runs" => "runs",
    runs_list: "runs list" => "runs-list",
    runs_show: "runs show" => "runs-show",
    runs_compare: "runs compare" => "runs-compare",
    data: "data" => "data",
    data_list: "data list" => "data-list",
    data_fetch: "data fetch" => "data-fetch",
    data_where: "data where" => "data-where",
    pathways: "pathways" => "pathways",
    pathways_fit: "pathways fit" => "pathways-fit",
    pathways_allocate: "pathways allocate" => "pathways-allocate",
    pathways_trend: "pathways trend" => "pathways-trend",
    pathways_capability: "pathways capability" => "pathways-capability",
    pathways_backtest: "pathways backtest" => "pathways-backtest",
    pathways_profile: "pathways profile" => "pathways-profile",
    pathways_forecast: "pathways forecast" => "pathways-forecast",
    pathways_compare: "pathways compare" => "pathways-compare",
    pathways_evolve: "pathways evolve" => "pathways-evolve",
    pathways_ablate: "pathways ablate" => "pathways-ablate",
    pathways_report: "pathways report" => "pathways-report",
    pathways_audit: "pathways audit" => "pathways-audit",
    schema: "schema" => "schema",
}

#[test]
fn a_slip_of_the_pen_is_understood() {
    let assert = Command::new(env!("CARGO_BIN_EXE_consil")).arg("trian").assert().code(2).stdout("");
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(text.contains("'train'"), "{text}");
}
