use super::*;
use consil_random::Key;

fn refusal(text: &str) -> String {
    Report::of(&Designs::parse("space.toml", text).expect_err(text)).to_string()
}

#[test]
fn a_genome_becomes_overrides() {
    let text = "[gene]\nwidth = { integer = [2, 24] }\nrate = { real = [1.0, 2.0] }\nact = { choice = ['relu', 'tanh'] }\n[set]\n\"a.b\" = \"[{ conv = $width }, '$act', $width]\"\n\"c\" = \"$rate\"\n";
    let designs = Designs::parse("space.toml", text).unwrap();
    // Genes are in the order of their names.
    let genome = vec![Allele::Category(1), Allele::Real(2.0), Allele::Integer(7)];
    let found = designs.overrides(&genome).unwrap();
    let expected: Vec<Override> = ["a.b=[{ conv = 7 }, 'tanh', 7]", "c=2e0"].map(|text| text.parse().unwrap()).into();
    assert_eq!(found, expected);
    let ordered = designs.ordered();
    assert_eq!(ordered.space().genes().len(), 2);
    let found = ordered.overrides(&vec![Allele::Real(2.0), Allele::Integer(7)]).unwrap();
    assert_eq!(found[0], "a.b=[{ conv = 7 }, 'relu', 7]".parse().unwrap());
}

#[test]
fn what_makes_no_space_is_refused_with_what_is_meant() {
    let unknown = refusal("[gene]\nwidth = { integer = [1, 2] }\n[set]\na = \"$witdh $width\"");
    assert!(unknown.contains("`a` uses `$witdh`") && unknown.contains("width"), "{unknown}");
    assert!(
        refusal("[gene]\nw = { integer = [1, 2] }\n[set]\na = \"3\"").contains("no value of [set] uses the gene `w`")
    );
    assert!(refusal("[gene]\nw = { integer = [3, 2] }\n[set]\na = \"$w\"").contains("the gene `w` has no values"));
    assert!(refusal("[gene]\nw = { whole = [3, 2] }\n[set]\na = \"$w\"").contains("unknown variant `whole`"));
}

fn workers() -> crate::Workers {
    crate::Workers::new(std::num::NonZeroUsize::MIN).unwrap()
}

/// A laboratory of the demo at hardly any fidelity.
fn with_demo(work: impl FnOnce(&Laboratory<'_>, &Designs)) {
    let folder = tempfile::tempdir().unwrap();
    let example = crate::example::find("demo").unwrap();
    example.write(folder.path()).unwrap();
    let fixed: Vec<Override> =
        ["train.epochs=1", "data.compose.train=64", "data.compose.valid=32", "data.compose.test=1"]
            .map(|text| text.parse().unwrap())
            .into();
    let text = "[gene]\nwidth = { integer = [2, 4] }\nkernel = { choice = ['3', '9'] }\n[set]\n\"network.digit.encoder\" = \"[{ conv = $width, kernel = $kernel }, 'flatten']\"\n";
    let designs = Designs::parse("space.toml", text).unwrap();
    work(
        &Laboratory { name: "demo", text: example.spec(), base: folder.path(), rules: folder.path(), fixed: &fixed },
        &designs,
    );
}

#[test]
fn an_evaluated_design_is_not_trained_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    with_demo(|laboratory, designs| {
        let small = vec![Allele::Category(0), Allele::Integer(2)];
        let mut journal = Journal::open(&path).unwrap();
        let workers = workers();
        let goes_on = RunContext::new(&workers);
        let first = laboratory.evaluate(designs, &small, &mut journal, &goes_on).unwrap().unwrap();
        let objectives = first.objectives.unwrap();
        assert!(objectives.loss > 0.0 && objectives.memory_bytes > 0);
        // A kernel of 9 does not fit an image of 8×8: no objectives, and no reason to end a search.
        let large = vec![Allele::Category(1), Allele::Integer(2)];
        let failed = laboratory.evaluate(designs, &large, &mut journal, &goes_on).unwrap().unwrap();
        assert!(failed.objectives.is_none() && failed.failed.is_some(), "{failed:?}");
        drop(journal);
        // A process that was killed while it wrote.
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"key\": \"half");
        std::fs::write(&path, &text).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert_eq!(journal.len(), 2);
        // A training would be stopped at once; the journal answers.
        let stops = RunContext::new(&workers).interrupted_by(&|| true);
        assert_eq!(laboratory.evaluate(designs, &small, &mut journal, &stops).unwrap().unwrap(), first);
        let other = vec![Allele::Category(0), Allele::Integer(3)];
        assert_eq!(laboratory.evaluate(designs, &other, &mut journal, &stops).unwrap(), None);
        // What is not cached is the same when it is trained again.
        let again = laboratory.evaluate(designs, &small, &mut Journal::in_memory(), &goes_on).unwrap().unwrap();
        assert_eq!(again.objectives, first.objectives);
        // A wider layer costs more.
        let wider = laboratory.evaluate(designs, &other, &mut journal, &goes_on).unwrap().unwrap().objectives.unwrap();
        assert!(wider.forward_flops > objectives.forward_flops && wider.memory_bytes > objectives.memory_bytes);
    });
    std::fs::write(&path, "no entry\n{}\n").unwrap();
    let damaged = Journal::open(&path).err().unwrap().to_string();
    assert!(damaged.contains("journal.jsonl:1:"), "{damaged}");
}

#[test]
fn every_design_of_the_space_of_the_demo_is_a_spec() {
    let designs = Designs::parse("the built-in space", DEMO_SPACE).unwrap();
    let text = crate::example::find("demo").unwrap().spec();
    let laboratory = Laboratory { name: "demo", text, base: Path::new("."), rules: Path::new("."), fixed: &[] };
    let mut stream = Key::new(1).child("designs").stream();
    for _ in 0..50 {
        let genome = designs.space().draw(&mut stream);
        laboratory.spec(&designs, &genome).unwrap();
    }
}
