//! `consil reason`: rules alone, without a spec.

use serde_json::{Value, json};

use crate::project::Project;

const BURGLARY: &str = "0.1::burglary. 0.2::earthquake.
0.9::alarm :- burglary. 0.3::alarm :- earthquake.
calls(mary) :- alarm. calls(john) :- alarm, burglary.
query(alarm).
";

/// The probability of each answer.
fn probabilities(value: &Value) -> Vec<(String, f64)> {
    let answers = value["answers"].as_array().unwrap().iter();
    answers.map(|a| (a["query"].as_str().unwrap().to_owned(), a["probability"].as_f64().unwrap())).collect()
}

#[track_caller]
fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn a_rule_file_answers_its_queries() {
    let project = Project::new();
    project.write("burglary.pl", BURGLARY);
    let found = project.json("reason burglary.pl");
    // 1 − (1 − 0.1 · 0.9)(1 − 0.2 · 0.3)
    let alarm = 1.0 - 0.91 * 0.94;
    let answer = &found["answers"][0];
    assert_eq!((&answer["query"], &answer["certificate"]), (&json!("alarm"), &json!("exact")));
    for key in ["probability", "lower", "upper"] {
        near(answer[key].as_f64().unwrap(), alarm);
    }
    assert!(found["seconds"]["read"].is_f64() && found["seconds"]["answer"].is_f64(), "{found}");

    let found = project.json("reason burglary.pl --query calls(X) --evidence alarm");
    let [(john, p), (mary, one)] = &probabilities(&found)[..] else { panic!("{found}") };
    assert_eq!([john, mary], ["calls(john)", "calls(mary)"]);
    near(*one, 1.0);
    // P(burglary | alarm): an earthquake may ring the alarm while a burglar is about.
    near(*p, 0.1 * (1.0 - 0.1 * 0.94) / alarm);

    // Ringing the alarm by hand says nothing of burglars.
    let mut done = project.consil("reason burglary.pl --query calls(john) --do alarm --json");
    let found: Value = serde_json::from_slice(&done.assert().success().get_output().stdout).unwrap();
    near(probabilities(&found)[0].1, 0.1);
}

/// Twelve observed steps of three states: more than small diagrams hold.
#[test]
fn plans_are_explained() {
    let project = Project::new();
    let mut chain = "1/3::s(0,0); 1/3::s(0,1); 1/3::s(0,2).\n".to_owned();
    for (state, next) in [(0, 1), (1, 2), (2, 0)] {
        chain += &format!("0.6::s(T,{state}); 0.3::s(T,{next}); 0.1::s(T,none) :- T > 0, U is T-1, s(U,{state}).\n");
        chain += &format!("0.7::o(T,{state}); 0.3::o(T,{next}) :- s(T,{state}).\n");
    }
    (0..14).for_each(|step| chain += &format!("evidence(o({step},{})).\n", step % 3));
    project.write("chain.pl", &(chain + "query(s(7,_)).\n"));
    let found = project.json("reason chain.pl --explain-plan");
    let plan = &found["plans"][0];
    assert!(plan["compiled"].as_str().unwrap().contains("a tree decomposition of width"), "{found}");
    assert!(plan["products"].as_u64().unwrap() < 1000, "{found}");
    let total: f64 = probabilities(&found).iter().map(|(_, p)| p).sum();
    near(total, 1.0);

    project.write("burglary.pl", BURGLARY);
    let text = project.consil("reason burglary.pl --explain-plan").assert().success().get_output().stdout.clone();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("alarm: sums of products and decision diagrams, as these stay small"), "{text}");
    project.consil("reason burglary.pl --explain-plan --task sample").assert().code(2);
}

#[test]
fn proofs_worlds_estimates_and_what_matters() {
    let project = Project::new();
    project.write("burglary.pl", BURGLARY);
    let text =
        |args: &str| String::from_utf8(project.consil(args).assert().success().get_output().stdout.clone()).unwrap();
    let why = text("reason burglary.pl --why calls(john)");
    assert!(why.contains("burglary") && why.contains("0.09"), "{why}");
    let why_not = text("reason burglary.pl --why-not calls(john) --do \\+alarm");
    assert!(why_not.contains("no world has calls(john)") && why_not.contains("fails: alarm"), "{why_not}");

    let mpe = project.json("reason burglary.pl --task mpe");
    near(mpe["worlds"][0]["probability"].as_f64().unwrap(), 0.1 * 0.9 * 0.8 * 0.7);
    let matters = project.json("reason burglary.pl --task sensitivity");
    assert!(matters["sensitivities"].as_array().unwrap().len() >= 4, "{matters}");
    let sample = &project.json("reason burglary.pl --task sample --samples 2000 --seed 3")["answers"][0];
    assert_eq!(sample["certificate"], "estimate");
    let (lower, upper) = (sample["lower"].as_f64().unwrap(), sample["upper"].as_f64().unwrap());
    assert!(lower < 0.1446 && 0.1446 < upper && upper - lower < 0.05, "{sample}");
}

const UMBRELLA: &str = "?::umbrella. ?::raincoat. 0.3::rainy. 0.5::windy.
broken_umbrella :- umbrella, rainy, windy.
dry :- rainy, umbrella, \\+ broken_umbrella.
dry :- rainy, raincoat.
dry :- \\+ rainy.
utility(broken_umbrella, -40). utility(raincoat, -20). utility(umbrella, -2). utility(dry, 60).
";

const SQUAD: &str = "0.7::order. 0.1::nervous. captain :- order.
a :- captain. a :- nervous. b :- captain. dead :- a. dead :- b.
";

#[test]
fn every_task_has_answers_and_seconds() {
    let project = Project::new();
    project.write("burglary.pl", BURGLARY);
    project.write("umbrella.pl", UMBRELLA);
    project.write("coins.pl", "t(_)::heads(1). t(0.3)::heads(2).\nwin :- heads(1), heads(2).\nquery(win).\n");
    project.write("tosses.pl", "evidence(heads(1)).\n---\nevidence(heads(1), false).\n");
    project.write("squad.pl", SQUAD);
    for args in [
        "burglary.pl",
        "burglary.pl --task mpe",
        "burglary.pl --task map --query burglary",
        "burglary.pl --task kbest",
        "burglary.pl --task sample --samples 50",
        "burglary.pl --task sensitivity",
        "burglary.pl --why alarm",
        "umbrella.pl --task decide",
        "coins.pl --task learn --examples tosses.pl",
        "squad.pl --task counterfactual --query dead --do order",
    ] {
        let found = project.json(&format!("reason {args}"));
        assert!(found["seconds"]["read"].is_f64() && found["seconds"]["answer"].is_f64(), "{args}: {found}");
        let answers = found["answers"].as_array().unwrap();
        assert!(!answers.is_empty(), "{args}: {found}");
        for answer in answers {
            for key in ["probability", "lower", "upper"] {
                assert!(answer[key].is_f64(), "{args}: {answer}");
            }
            assert!(answer["query"].is_string() && answer["certificate"].is_string(), "{args}: {answer}");
        }
    }
}

#[test]
fn the_best_decisions() {
    let project = Project::new();
    project.write("umbrella.pl", UMBRELLA);
    let found = project.json("reason umbrella.pl --task decide");
    assert_eq!(found["decisions"], json!([{"atom": "raincoat", "holds": false}, {"atom": "umbrella", "holds": true}]));
    // DTProbLog's own example: 60 · (0.7 + 0.15) − 2 − 40 · 0.15.
    near(found["expected_utility"].as_f64().unwrap(), 43.0);
    assert_eq!(found["certificate"], "exact");
    let dry = probabilities(&found).into_iter().find(|(atom, _)| atom == "dry").unwrap();
    near(dry.1, 0.85);
    // What is not decided has no probability; what is, has.
    let open = project.consil("reason umbrella.pl --query dry").assert().success();
    let stderr = String::from_utf8_lossy(&open.get_output().stderr).into_owned();
    assert!(stderr.contains("depends on the decision") && stderr.contains("--task decide"), "{stderr}");
    let taken = project.json("reason umbrella.pl --query dry --do umbrella --do \\+raincoat");
    near(probabilities(&taken)[0].1, 0.85);
}

#[test]
fn probabilities_are_learned_from_examples() {
    let project = Project::new();
    let rules = "% kept as it is\nt(_)::a.   0.2::b.\nt(0.5)::c :- a.\nquery(c).\n";
    project.write("rules.pl", rules);
    let observed = ["evidence(a). evidence(c).\n"; 3].join("---\n") + "---\nevidence(a, false).\n";
    project.write("seen.pl", &(observed + "--- last ---\nevidence(a).\nevidence(c, false).\n"));
    for method in ["em", "gradient --rate 2 --tolerance 1e-14"] {
        let found = project.json(&format!("reason rules.pl --task learn --examples seen.pl --method {method}"));
        let learned: Vec<f64> =
            found["learned"].as_array().unwrap().iter().map(|head| head["probability"].as_f64().unwrap()).collect();
        // a in 4 of 5, c in 3 of 4; b is not to be learned. Ascent ends a little before the top.
        assert!((learned[0] - 0.8).abs() < 1e-5 && (learned[1] - 0.75).abs() < 1e-5, "{method}: {found}");
        assert_eq!((learned.len(), &found["n_examples"]), (2, &json!(5)));
        assert!((probabilities(&found)[0].1 - 0.6).abs() < 1e-4);
    }
    let printed = project.consil("reason rules.pl --task learn --examples seen.pl --out learned.pl").assert().success();
    let text = String::from_utf8(printed.get_output().stdout.clone()).unwrap();
    assert_eq!(text, "% kept as it is\n0.8::a.   0.2::b.\n0.75::c :- a.\nquery(c).\n");
    assert_eq!(project.read("learned.pl"), text);

    project.write("bad.pl", "evidence(a).\n---\nevidence(X).\n");
    let text = project.refused("reason rules.pl --task learn --examples bad.pl");
    assert!(text.contains("bad.pl:3:10: error: evidence is an atom") && text.contains('^'), "{text}");
    project.write("not.pl", "evidence(a).\n---\nevidence(c). evidence(a, false).\n");
    let text = project.refused("reason rules.pl --task learn --examples not.pl");
    assert!(text.contains("not.pl:3:1: error: example 1 is impossible"), "{text}");
    assert!(project.refused("reason rules.pl --task learn").contains("--examples FILE"));
}

#[test]
fn counterfactuals_and_joint_truths() {
    let project = Project::new();
    project.write("squad.pl", SQUAD);
    let found = project.json("reason squad.pl --task counterfactual --given dead --do \\+a --query dead");
    // Pearl, Causality, section 7.1.2: p / (1 − (1 − p)(1 − q)).
    near(probabilities(&found)[0].1, 0.7 / (1.0 - 0.3 * 0.9));
    assert_eq!(found["interventions"], json!(["\\+ a"]));
    let found = project.json("reason squad.pl --task map --query order --query nervous --given dead");
    let truths = json!([{"atom": "nervous", "holds": false}, {"atom": "order", "holds": true}]);
    assert_eq!(found["assignment"], truths);
    near(found["probability"].as_f64().unwrap(), 0.7 * 0.9 / 0.73);
    let few = project.json("reason squad.pl --task kbest --query dead --proofs 1");
    assert_eq!((&few["answers"][0]["certificate"], &few["answers"][0]["upper"]), (&json!("bounds"), &json!(1.0)));
    near(few["answers"][0]["lower"].as_f64().unwrap(), 0.7);
    near(probabilities(&project.json("reason squad.pl --task kbest --query dead --proofs 9"))[0].1, 0.73);
}

#[test]
fn a_program_without_end_has_bounds_and_says_what_it_does_not_list() {
    let project = Project::new();
    let endless = "remote(X, N) :- M is N + 1, remote(X, M).\n";
    project
        .write("endless.pl", &format!("0.4::near(bob). friend(X) :- near(X). friend(X) :- remote(X, 0).\n{endless}"));
    let found = project.json("reason endless.pl --query friend(bob) --timeout 1");
    assert_eq!(found["complete"], json!(true));
    let bob = &found["answers"][0];
    assert_eq!((&bob["certificate"], &bob["lower"], &bob["upper"]), (&json!("bounds"), &json!(0.4), &json!(1.0)));
    let found = project.json("reason endless.pl --query friend(X) --timeout 1");
    assert_eq!(found["complete"], json!(false));
    assert_eq!(found["answers"].as_array().unwrap().len(), 2, "bob, and whoever else may be remote: {found}");
    let text = project.refused("reason endless.pl --query friend(bob) --task mpe --timeout 1");
    assert!(text.contains("the derivation needs more than its budget") && text.contains("help:"), "{text}");
}

#[test]
fn pictures_are_written() {
    let project = Project::new();
    project.write("burglary.pl", BURGLARY);
    project.json("reason burglary.pl --why alarm --svg proofs.svg");
    let svg = project.read("proofs.svg");
    assert!(svg.starts_with("<svg ") && svg.contains(">burglary  [0.1, burglary]</text>"), "{svg}");
    project.json("reason burglary.pl --graph why.dot --circuit circuit.dot");
    assert!(project.read("why.dot").starts_with("digraph derivations {"));
    assert!(project.read("circuit.dot").starts_with("digraph circuit {"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let project = Project::new();
    project.write("broken.pl", "0.5::a.\nb :- a\nc.\nquery(b).\n");
    project.write("silent.pl", "0.5::a.\n");
    project.write("rule.pl", "0.5::a. 0.5::c. b :- a. b :- c.\n");
    project.write("seen.pl", "0.5::a. evidence(a). evidence(\\+ a). query(a).\n");
    let cases = [
        ("reason broken.pl", vec!["broken.pl:3:1", "error:", "^"]),
        ("reason silent.pl", vec!["asks nothing", "--query"]),
        ("reason silent.pl --query a(", vec!["query `a(`:", "term:1:2"]),
        ("reason silent.pl --query b", vec!["no clause defines `b/0`"]),
        ("reason nowhere.pl", vec!["nowhere.pl cannot be read"]),
        ("reason seen.pl", vec!["evidence"]),
        ("reason silent.pl --query a --task decide", vec!["nothing to decide", "?::umbrella."]),
        ("reason silent.pl --query a --task counterfactual", vec!["--do 'atom'"]),
        ("reason silent.pl --query a --do X", vec!["`X` cannot be an intervention"]),
        ("reason rule.pl --task map --query b", vec!["`b` has no probability of its own", "--task mpe"]),
        ("reason rule.pl --task kbest --query b --evidence a", vec!["under evidence"]),
        ("reason rule.pl --query b --svg x.svg", vec!["--why"]),
        ("reason rule.pl --query b --graph no/where.dot", vec!["no/where.dot cannot be written"]),
    ];
    for (args, parts) in cases {
        let text = project.refused(args);
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    }
}

#[test]
fn a_script_that_is_not_text_is_refused_with_its_place() {
    let project = Project::new();
    let output =
        project.consil("reason -i").write_stdin(b"a(1).\r\n?- a(X).\nb('caf\xe9').\n".as_slice()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("error: line 3 of the input is not UTF-8 text: byte 6 is wrong"), "{text}");
    assert!(text.contains("help: save it as UTF-8"), "{text}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("a(1)"), "what stands before is answered");
}

/// A conversation from a script: what it prints on stdout and on stderr, and how it ends.
fn talk(project: &Project, args: &str, script: &str) -> (String, String, Option<i32>) {
    let output = project.consil(&format!("reason -i {args}")).write_stdin(script).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn a_conversation_adds_asks_observes_and_takes_away() {
    let project = Project::new();
    let script = "0.5::edge(1, 2). 0.4::edge(2, 3).
path(X, Y) :- edge(X, Y).
path(X, Y) :-
    edge(X, Z),   % over several lines
    path(Z, Y).
?- path(1, X).
:evidence path(1, 3)
?- edge(2, 3).
:forget
:do \\+ edge(2, 3)
?- path(1, 3).
:forget
:why path(1, 3)
:whynot path(3, 1)
:mpe path(1, 3)
:sample path(1, 3)
:list edge
:retract edge(2, _)
?- path(1, X).
?- path(9, X).
:save typed.pl
:quit
?- this(is, never, read).
";
    let (out, err, code) = talk(&project, "", script);
    assert_eq!((code, &*err), (Some(0), ""), "{out}");
    for part in [
        "path(1, 2)  exact     0.500000\npath(1, 3)  exact     0.200000\n",
        "edge(2, 3)  exact            1\n",
        "path(1, 3)  exact            0\n",
        "0.2  path(1, 3)\n  edge(1, 2)  [0.5, edge(1, 2)]\n",
        "no world has path(3, 1)",
        "path(1, 3)   0.200000\n  edge(1, 2)  0.500000\n  edge(2, 3)  0.400000\n",
        "with confidence 0.95, from 10000 samples",
        "0.5::edge(1, 2).\n0.4::edge(2, 3).\n",
        "no answers\n",
    ] {
        assert!(out.contains(part), "{part:?} is not in:\n{out}");
    }
    // What was saved is a program of its own.
    near(probabilities(&project.json("reason typed.pl --query path(1,X)"))[0].1, 0.5);
}

#[test]
fn a_conversation_about_files_survives_what_is_wrong() {
    let project = Project::new();
    project.write("burglary.pl", BURGLARY);
    let script =
        ":run\na :- b(.\n:whynott alarm\n?- alrm.\n:load nowhere.pl\nfoo(X).\nbar :- baz.\n:retract zebra\n?- alarm.\n";
    let (out, err, code) = talk(&project, "burglary.pl", script);
    assert_eq!(code, Some(2), "{err}");
    assert_eq!(out.matches("alarm   exact     0.144600\n").count(), 2, "{out}");
    for part in [
        "line 2 of the input:\nerror: typed:1:8: error:",
        "did you mean `:whynot`?",
        "no clause defines `alrm/0`; did you mean `alarm`?",
        "nowhere.pl cannot be read",
        "to ask, type ?- foo(X).",
        "no clauses yet: baz/0",
        "no clause has a head like `zebra`",
    ] {
        assert!(err.contains(part), "{part:?} is not in:\n{err}");
    }
    let (out, _, _) = talk(&project, "burglary.pl --json", "?- alarm.\n");
    let found: Value = serde_json::from_str(&out).unwrap();
    near(probabilities(&found)[0].1, 0.1446);
    assert!(project.refused("reason -i burglary.pl --query alarm").contains("--query"));
    assert!(project.refused("reason burglary.pl burglary.pl").contains("with -i"));
}

/// A table that pyarrow wrote: from, to, road, open, since, length.
const ROADS: &[u8] = include_bytes!("../../../consil-data/src/table/rows/roads.parquet");

#[test]
fn a_table_in_parquet_is_read_where_that_is_built_in() {
    let project = Project::new();
    std::fs::write(project.path("roads.parquet"), ROADS).unwrap();
    project.write(
        "roads.pl",
        ":- load(road/6, \"roads.parquet\").\n0.5::dry. way(X, Y) :- road(X, Y, _, true, _, L), L < 1, dry.\nquery(way(_, _)).\n",
    );
    if cfg!(feature = "parquet") {
        assert_eq!(probabilities(&project.json("reason roads.pl")), [("way(1,2)".to_owned(), 0.5)]);
    } else {
        let message = project.refused("reason roads.pl");
        assert!(message.contains("roads.pl:1") && message.contains("build with `--features parquet`"), "{message}");
    }
}
