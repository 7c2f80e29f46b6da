//! Networks over several inputs of a row: as many as the rules show them at once.

use consil::check::check;
use consil::{SpecSource, TrainedModel, explain};
use consil_diagnostic::Report;

use crate::support::Folder;

/// Which of two digits is the larger, by one network that sees both.
const SPEC: &str = r#"
name = "compared"
seed = 3
[data]
source = "demo"
[data.compose]
train = 800
test = 300
[modality.image]
kind = "vision"
count = 2
[network.larger]
input = "image"
siamese = true
encoder = ["flatten", { linear = 24 }, "relu"]
layers = [{ linear = 16 }, "relu"]
[logic]
program = "compared.pl"
query = "larger"
truth = "truly"
[train]
epochs = 10
batch-size = 32
optimizer = { adam = { lr = 5e-3 } }
"#;

const RULES: &str = "
nn(larger, [image(0), image(1)]) :: larger.
nn(digit, [X], D, [0,1,2,3,4,5,6,7,8,9]) :: shows(X, D).
truly :- shows(image(0), A), shows(image(1), B), A > B.
";

fn folder(spec: &str, rules: &str) -> Folder {
    Folder::new(&[("spec.toml", spec), ("compared.pl", rules)])
}

#[test]
fn a_network_compares_two_items_of_a_list() {
    let folder = folder(SPEC, RULES);
    let source = SpecSource::new(&folder.path().join("spec.toml"), None).unwrap();
    assert_eq!(check(&source, &[]).problems, [""; 0]);
    let project = folder.open(&[]);
    let graph = project.model().networks()["larger"].graph();
    let inputs: Vec<&str> = graph.inputs().iter().map(|input| input.name.as_str()).collect();
    assert_eq!(inputs, ["input.0", "input.1"]);
    // One encoder of 64 pixels to 24, 48 to 16, and 16 to the two classes.
    assert_eq!(graph.cost().parameters, (64 + 1) * 24 + (48 + 1) * 16 + (16 + 1) * 2);

    let (run, outcome) = folder.train(&project);
    // Always "no" is right for 55 %.
    assert!(outcome.test.result_accuracy > 0.8, "{:?}", outcome.test);
    let kept = std::fs::read_to_string(run.path("spec.toml")).unwrap();
    assert!(kept.contains("input = [\"image\", \"image\"]") || kept.contains("input = [\n"), "{kept}");
    let trained = TrainedModel::load(&run).unwrap();
    let explanation = explain::explain(&trained, &project.data().test, 0).unwrap();
    let seen: Vec<&str> = explanation.modalities.iter().filter_map(|view| view.network.as_deref()).collect();
    assert_eq!(seen, ["larger", "larger"]);
    assert!(explanation.modalities.iter().all(|view| view.saliency.is_some()));
}

/// One network reads each digit, another compares two by its encoder; the target is the sum, so that the encoder is taught by it alone.
#[test]
fn a_network_compares_by_the_encoder_of_another() {
    let spec = SPEC
        .replace("[network.larger]", "[network.digit]\ninput = \"image\"\nencoder = [\"flatten\", { linear = 24 }, \"relu\"]\n[network.larger]\nshare = \"digit\"")
        .replace("siamese = true\nencoder = [\"flatten\", { linear = 24 }, \"relu\"]\nlayers", "layers")
        .replace("query = \"larger\"\ntruth = \"truly\"", "query = \"both(R)\"\ntruth = \"truly(R)\"");
    let rules = "
nn(larger, [image(0), image(1)], L, [yes, no]) :: larger(L).
nn(digit, [X], D, [0,1,2,3,4,5,6,7,8,9]) :: shows(X, D).
sum(S) :- shows(image(0), A), shows(image(1), B), S is A + B.
both(S - L) :- sum(S), larger(L).
truly(S - yes) :- shows(image(0), A), shows(image(1), B), A > B, S is A + B.
truly(S - no) :- shows(image(0), A), shows(image(1), B), A =< B, S is A + B.
";
    let folder = folder(&spec, rules);
    let project = folder.open(&[]);
    let layout = project.model().layout();
    let encoder: Vec<&str> =
        layout.entries().iter().map(|entry| entry.name.as_str()).filter(|name| name.contains("2.linear")).collect();
    assert_eq!(encoder, ["digit.2.linear.weight", "digit.2.linear.bias"]);
}

#[test]
fn as_many_inputs_are_named_as_the_rules_show() {
    let error = |spec: &str, rules: &str| {
        folder(spec, rules).try_open(&[]).err().map(|error| Report::of(&error).to_string()).unwrap()
    };
    let two = SPEC.replace("input = \"image\"", "input = [\"image\", \"image\"]");
    let three = RULES.replace("[image(0), image(1)]", "[image(0), image(1), image(0)]");
    let text = error(&two, &three);
    assert!(
        text.contains("spec.toml:13:1: network.larger.input: it names 2 inputs, and the rules show the network 3"),
        "{text}"
    );
    assert!(text.contains("[image(0), image(1), image(0)]"), "{text}");
    let text = error(SPEC, &format!("{RULES}nn(larger, [image(0)]) :: large."));
    assert!(text.contains("declare the network `larger` twice, with 2 inputs and with 1 input"), "{text}");
    let text = error(SPEC, &format!("{RULES}nn(larger, [image(1), image(0)], S, [yes, no]) :: smaller(S)."));
    assert!(text.contains("with the classes [true, false] and with [yes, no]"), "{text}");
    // Named one by one, it is the same network.
    assert_eq!(
        folder(&two, RULES).open(&[]).model().fingerprint(),
        folder(SPEC, RULES).open(&[]).model().fingerprint()
    );
}

#[test]
fn what_a_network_of_two_inputs_should_say_is_not_guessed_from_one() {
    let spec = SPEC.replace("truth = \"truly\"\n", "");
    let rules = "nn(larger, [image(0), image(1)], D, [0,1,2,3,4,5,6,7,8,9]) :: larger(D).";
    let text = folder(&spec.replace("\"larger\"", "\"larger(D)\""), rules)
        .try_open(&[])
        .err()
        .map(|error| Report::of(&error).to_string())
        .unwrap();
    assert!(text.contains("what the network `larger` should say of `image(0)` and `image(1)` together"), "{text}");
    assert!(text.contains("logic.truth"), "{text}");
}
