//! A setting that changes nothing is refused, by its key and with its line: whoever writes it expects that it does.

use consil::check::check;
use consil::{OpenError, Override, Project, RunKind, SpecPlace, SpecSource};

use crate::support::Folder;

/// A head over numbers and a note, by training and validation rows.
const HEAD: &str = r#"
name = "head"
[data]
train = "train.csv"
valid = "valid.csv"
test = "test.csv"
target = "y"
[modality.numbers]
kind = "table"
columns = ["a", "b"]
[modality.note]
kind = "text"
[head]
[train]
epochs = 4
batch-size = 4
"#;

const ROWS: &str = "a,b,note,y,g\n1,2,some words,no,1\n2,3,other words,yes,2\n3,4,words,no,1\n4,1,some,yes,2\n5,1,other,no,1\n6,2,words,yes,2\n";

/// Rules over two pictures of the demo.
const RULES: &str = r#"
name = "rules"
[data]
source = "demo"
[data.compose]
train = 40
test = 20
[modality.image]
kind = "vision"
count = 2
[network.digit]
input = "image"
encoder = ["flatten", { linear = 8 }]
[logic]
program = "sum.pl"
query = "sum(S)"
[train]
epochs = 2
"#;

const PROGRAM: &str = "
nn(digit, [X], D, [0,1,2,3,4,5,6,7,8,9]) :: seen(X, D).
sum(S) :- seen(image(0), A), seen(image(1), B), S is A + B.
";

fn folder(spec: &str) -> Folder {
    let files =
        [("spec.toml", spec), ("train.csv", ROWS), ("valid.csv", ROWS), ("test.csv", ROWS), ("sum.pl", PROGRAM)];
    Folder::new(&files)
}

/// That each change of the spec is refused at its key for its reason, alike by a check and by a training.
fn refused(spec: &str, cases: &[(&str, &str, &str)]) {
    let folder = folder(spec);
    let source = SpecSource::new(&folder.path().join("spec.toml"), None).unwrap();
    folder.try_open(&[]).unwrap_or_else(|error| panic!("{error}"));
    for (changes, key, reason) in cases {
        let set: Vec<Override> = changes.split('&').map(|change| change.trim().parse().unwrap()).collect();
        let error = Project::load_from(&source, &set).err().unwrap_or_else(|| panic!("{changes} is not refused"));
        let faults: Vec<OpenError> = error.each();
        let found = faults.iter().any(|fault| match fault {
            OpenError::Setting(fault) => {
                fault.key == *key && fault.to_string().contains(reason) && !fault.help.is_empty()
            }
            _ => false,
        });
        let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(found, "{changes}: {key}: {reason} is not among {text:#?}");
        let problems = check(&source, &set).problems;
        assert!(problems.iter().any(|problem| problem.contains(reason)), "{changes}: {problems:?}");
    }
}

#[test]
fn of_a_head() {
    refused(
        HEAD,
        &[
            (
                "head.encoder={note=\"transformer\"} & head.inputs=[\"numbers\"]",
                "head.encoder.note",
                "head.inputs leaves out `note`",
            ),
            (
                "head.inputs=[\"numbers\"] & head.encoder={numbers=[{linear=4}]} & head.dropout=0.5",
                "head.dropout",
                "every encoder is a list of layers",
            ),
            (
                "head.inputs=[\"numbers\"] & head.encoder={numbers=[{linear=4}]} & head.width=8",
                "head.width",
                "every encoder is a list of layers",
            ),
            ("head.frozen=[\"*\"]", "head.frozen", "nothing is left to learn"),
            ("head.local=[\"classify\"]", "head.local", "in a federation"),
            ("head.adapter=[\"classify\"]", "head.adapter", "in a federation"),
            (
                "head.local=[\"classify\"] & head.frozen=[\"classify\"] & federate.sites=2",
                "head.frozen",
                "has another role too",
            ),
            ("head.lora=500", "head.lora", "is no smaller than"),
            ("head.layers=[{linear=4,lora=4}]", "head", "an adapter of rank 4 is no smaller than the 4 ×"),
            (
                "head.encoder={note=[{embedding={vocabulary=3,width=4}},\"mean-tokens\"]}",
                "head.encoder.note",
                "too small for the",
            ),
            (
                "head.encoder={numbers=[{embedding={vocabulary=9,width=4}},\"mean-tokens\"]}",
                "head.encoder.numbers",
                "`numbers` is table",
            ),
            ("network.n={input=\"note\"}", "network.n", "there are no rules to ask it"),
        ],
    );
}

#[test]
fn of_training() {
    refused(
        HEAD,
        &[
            (
                "train.groups=[{params=\"head.classify\",lr-factor=1.0}]",
                "train.groups",
                "learns at the rate 1 without it too",
            ),
            (
                "train.groups=[{params=\"head.classify\",lr-factor=0.5},{params=\"head\",lr-factor=0.1}]",
                "train.groups",
                "later groups name all of",
            ),
            (
                "train.groups=[{params=\"head.note\",lr-factor=0.5}] & head.frozen=[\"note\"]",
                "train.groups",
                "all of `head.note` is frozen",
            ),
            ("train.groups=[{params=\"head\",lr-factor=0.0}]", "train.groups", "every parameter has the factor 0"),
            ("train.stages=[{epochs=4,freeze=[\"head\"]}]", "train.stages", "stage 1 learns nothing"),
            (
                "train.stages=[{epochs=4,freeze=[\"head.note\"]}] & head.frozen=[\"note\"]",
                "train.stages",
                "is not trained in any stage",
            ),
            ("train.validate-every=5", "train.validate-every", "there are 4 epochs, fewer than 5"),
            // Six rows in batches of four are two steps, and four epochs eight.
            ("train.schedule={step={every=8}}", "train.schedule.step.every", "there are only 8"),
            ("train.schedule={step={every=2,factor=1.0}}", "train.schedule.step.factor", "a rate times 1"),
            ("train.schedule={cosine={warmup=8}}", "train.schedule.cosine.warmup", "the rate would rise to the end"),
            ("train.schedule={linear={floor=1.0}}", "train.schedule.linear.floor", "end where it begins"),
            ("train.checkpoint-every=8", "train.checkpoint-every", "over after 8 steps"),
            ("train.checkpoint-every=2", "train.checkpoint-every", "ends with a checkpoint anyway"),
        ],
    );
    let without = HEAD.replace("valid = \"valid.csv\"\n", "");
    refused(&without, &[("train.validate-every=2", "train.validate-every", "there are no validation rows")]);
}

#[test]
fn of_manifests() {
    refused(
        HEAD,
        &[
            ("data.split={valid=0.2}", "data.split.valid", "data.valid names the validation rows"),
            ("data.split={test=0.5}", "data.split.test", "data.test names the test rows"),
            ("data.pool.p={embedded=\"digits\"}", "data.pool.p", "nothing is composed from pools"),
            ("data.classes=[\"no\",\"yes\"] & data.target={y={kind=\"class\"}}", "data.classes", "of the one target"),
            (
                "data.target={y={kind=\"class\",columns=[\"y\"]}}",
                "data.target.y.columns",
                "an option of kind = \"numbers\"",
            ),
            ("data.target={y={kind=\"class\",separator=\",\"}}", "data.target.y.separator", "one value each"),
            (
                "data.target={g={kind=\"number\",classes=[\"1\"]}}",
                "data.target.g.classes",
                "an option of kind = \"class\"",
            ),
            (
                "data.target={n={kind=\"numbers\",columns=[\"a2\"],column=\"g\"}}",
                "data.target.n.column",
                "`columns` names those",
            ),
        ][..7],
    );
}

#[test]
fn of_rules() {
    refused(
        RULES,
        &[
            ("network.dgit={input=\"image\"}", "network.dgit", "no rule declares it"),
            ("network.digit.width=8", "network.digit.width", "the encoder is a list of layers"),
            ("network.digit.dropout=0.5", "network.digit.dropout", "the encoder is a list of layers"),
            ("network.digit={input=\"image\",siamese=true}", "network.digit.siamese", "the network has one input"),
            ("network.digit={input=\"image\",vocabulary=9}", "network.digit.vocabulary", "the network reads no text"),
            ("network.digit.lora=10", "network.digit.lora", "an adapter of rank 10 is no smaller than"),
            ("logic.integration=\"gate\"", "logic.integration", "there is no head"),
            ("data.train=\"train.csv\"", "data.train", "composed from pools"),
            ("data.split={test=0.3}", "data.split", "composed from pools"),
            ("data.classes=[\"1\"]", "data.classes", "those that the rules derive"),
            ("data.pool.p={embedded=\"digits\"}", "data.pool.p", "no modality draws from it"),
            ("data.pool.p={embedded=\"digits\"} & modality.image.pool=p", "data.source", "a pool of its own"),
            (
                "data.pool.p={embedded=\"digits\",pattern=\"{label}\"} & modality.image.pool=p",
                "data.pool.p.pattern",
                "are embedded",
            ),
        ],
    );
    let shared = RULES
        .replace("[logic]", "[network.odd]\ninput = \"image\"\nshare = \"digit\"\n[logic]")
        .replace("sum(S)", "both(S)");
    let program = format!("{PROGRAM}nn(odd, [X]) :: odd(X).\nboth(S) :- sum(S), odd(image(0)).");
    let folder = folder(&shared);
    std::fs::write(folder.path().join("sum.pl"), &program).unwrap();
    let error = folder.try_open(&["logic.query=sum(S)"]).err().unwrap().to_string();
    assert!(error.contains("network.odd: it has no effect: the query `sum(S)` never asks it"), "{error}");
    let error = folder.try_open(&["network.odd.dropout=0.5", "logic.truth=sum(S)"]).err().unwrap().to_string();
    assert!(error.contains("network.odd.dropout"), "{error}");
    assert!(error.contains("it has no effect: the encoder is that of `digit`"), "{error}");
}

#[test]
fn of_a_query_that_no_row_needs() {
    let spec =
        HEAD.replace("[head]", "[network.n]\ninput = \"numbers\"\n[logic]\nprogram = \"own.pl\"\nquery = \"q(C)\"");
    let folder = folder(&spec);
    std::fs::write(folder.path().join("own.pl"), "nn(n, [numbers], C, [no, yes]) :: q(C). t(C) :- q(C).").unwrap();
    let error = folder.try_open(&["logic.truth=t(C)"]).err().unwrap().to_string();
    assert!(error.contains("logic.truth=t(C): it has no effect: it is for rows without a target"), "{error}");
    let labels = ["data.target={y={kind=\"labels\"}}", "logic.answer=\"class\""];
    let error = folder.try_open(&labels).err().unwrap().to_string();
    assert!(error.contains("the target's kind says how the answers are read: labels"), "{error}");
}

#[test]
fn of_a_federation() {
    let spec = format!("{HEAD}[federate]\nsites = 2\nrounds = 6\nmin-clients = 1\n");
    let folder = folder(&spec);
    let source = SpecSource::new(&folder.path().join("spec.toml"), None).unwrap();
    for (change, key, reason) in [
        ("train.groups=[{params=\"head.classify\",lr-factor=0.5}]", "train.groups", "all of the model at one rate"),
        ("train.stages=[{epochs=4,freeze=[\"head.note\"]}]", "train.stages", "all of the model at one rate"),
        ("train.checkpoint-every=3", "train.checkpoint-every", "saved after every round"),
        ("federate.schedule={step={every=6}}", "federate.schedule.step.every", "there are only 6"),
        ("federate.rounds=3", "train.validate-every", "there are 3 rounds in a federation, fewer than 4"),
        ("federate.fraction=0.9", "federate.fraction", "a round asks all 2 sites"),
        ("federate.buffers=\"local\"", "federate.buffers", "no buffers"),
        ("head.local=[\"*\"]", "federate", "a federation would learn nothing"),
        ("federate.strategy=\"scaffold\"", "train.optimizer", "only gradient descent gives"),
        (
            "federate.strategy=\"fed-nova\" & train.optimizer=\"sgd\" & train.clip-norm=1.0",
            "train.clip-norm",
            "another that no site reports",
        ),
    ] {
        let set: Vec<Override> = change.split('&').map(|change| change.trim().parse().unwrap()).collect();
        let mut set = set;
        if change.starts_with("federate.rounds") {
            set.push("train.validate-every=4".parse().unwrap());
        }
        let error = Project::load_for(RunKind::Federated, &source, &set).err().unwrap_or_else(|| panic!("{change}"));
        let OpenError::Setting(fault) = error else { panic!("{change}: {error}") };
        assert!(fault.key == key && fault.to_string().contains(reason), "{change}: {fault}");
        // Where it stands: on the command line, or at the table whose default does not go with the change.
        assert!(matches!(fault.place, Some(SpecPlace::Override(_) | SpecPlace::File { .. })), "{fault:?}");
        // In one place the spec is fine; what a federation would say is a warning.
        let report = check(&source, &set);
        assert_eq!(report.problems, [""; 0], "{change}");
        assert!(report.warnings.iter().any(|warning| warning.contains(reason)), "{change}: {:?}", report.warnings);
    }
}

#[test]
fn a_check_says_when_a_federation_ends_early() {
    let fact = |spec: &str| {
        let folder = folder(spec);
        let source = SpecSource::new(&folder.path().join("spec.toml"), None).unwrap();
        let report = check(&source, &[]);
        assert_eq!(report.problems, [""; 0]);
        report.facts.into_iter().find(|(label, _)| label == "federation").unwrap().1
    };
    let spec = format!("{HEAD}[federate]\nsites = 2\nrounds = 100\n");
    assert_eq!(fact(&spec), "2 sites, 100 rounds of 1 epoch");
    let open = spec.replace("epochs = 4\n", "");
    let ends =
        "ends early once the validation rows' loss has not fallen for 10 rounds, with the model of the best round";
    assert_eq!(fact(&open), format!("2 sites, 100 rounds of 1 epoch; {ends}"));
    let few = open.replace("rounds = 100", "rounds = 5");
    assert!(fact(&few).ends_with("; ends with the model of the round whose loss over the validation rows is best"));
    let asked = spec.replace("[train]", "[train]\nearly-stopping = { metric = \"accuracy\", patience = 3 }");
    assert!(fact(&asked).contains("the validation rows' accuracy has not risen for 3 rounds"));
}

#[test]
fn a_modality_that_nothing_reads_is_said() {
    let folder = folder(&HEAD.replace("[head]", "[head]\ninputs = [\"note\"]"));
    let report = check(&SpecSource::new(&folder.path().join("spec.toml"), None).unwrap(), &[]);
    assert_eq!(report.problems, [""; 0]);
    assert!(
        report.warnings.iter().any(|warning| warning.starts_with("modality.numbers is read by no network and no head"))
    );
}

/// What was not refused when it was trained is still read.
#[test]
fn a_run_whose_spec_has_a_setting_without_effect_still_opens() {
    let folder = folder(HEAD);
    let (run, _) = folder.train(&folder.open(&[]));
    let path = run.path("spec.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("validate-every = 1", "validate-every = 9")).unwrap();
    let run = consil::Run::open(run.folder()).unwrap();
    consil::train::reopen(&run, None).unwrap();
    // And repeated, it is refused as any other spec.
    let error = Project::load(&path, &[]).err().unwrap().to_string();
    assert!(error.contains("train.validate-every: it has no effect"), "{error}");
}
