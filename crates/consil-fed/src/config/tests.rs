//! The table as the spec spells it.

use super::*;
use crate::strategy::{FedAvgM, FedDyn, FedProx};

fn parse(text: &str) -> Result<FederateConfig<String>, toml::de::Error> {
    toml::from_str(text)
}

#[test]
fn an_empty_table_is_the_default_and_an_unknown_key_is_refused() {
    assert_eq!(parse("").unwrap(), FederateConfig::default());
    let error = parse("site = 5").unwrap_err().to_string();
    assert!(error.contains("unknown field `site`"), "{error}");
}

#[test]
fn every_choice_reads_as_documented() {
    let config = parse(
        r#"
        strategy = { fed-dyn = { alpha = 0.1 } }
        aggregate = { trimmed-mean = { trim = 0.2 } }
        server = { momentum = 0.9 }
        buffers = "local"
        "#,
    )
    .unwrap();
    assert_eq!(config.strategy, StrategyConfig::FedDyn(FedDyn { alpha: 0.1 }));
    assert_eq!(config.aggregate, AggregateConfig::TrimmedMean { trim: 0.2 });
    assert_eq!(config.server, ServerConfig { learning_rate: 1.0, momentum: 0.9 });
    assert_eq!(config.buffers, Buffers::Local);
    assert_eq!(parse(&toml::to_string(&config).unwrap()).unwrap(), config);
}

#[test]
fn every_strategy_reads_by_its_name() {
    let cases = [
        (r#""fed-avg""#, StrategyConfig::FedAvg),
        ("{ fed-avgm = { momentum = 0.5 } }", StrategyConfig::FedAvgM(FedAvgM { momentum: 0.5, learning_rate: 1.0 })),
        ("{ fed-prox = { mu = 0.25 } }", StrategyConfig::FedProx(FedProx { mu: 0.25 })),
        ("{ fed-dyn = { alpha = 0.25 } }", StrategyConfig::FedDyn(FedDyn { alpha: 0.25 })),
        (r#""fed-nova""#, StrategyConfig::FedNova),
        (r#""scaffold""#, StrategyConfig::Scaffold),
    ];
    assert_eq!(StrategyConfig::ALL.map_names(), cases.map(|(_, strategy)| strategy.name()));
    for (text, strategy) in cases {
        let config = parse(&format!("strategy = {text}")).unwrap();
        assert_eq!(config.strategy, strategy, "{text}");
        assert!(text.contains(strategy.name()));
        assert_eq!(parse(&toml::to_string(&config).unwrap()).unwrap(), config);
        config.check().unwrap();
    }
    assert!(parse("strategy = { fed-prox = { my = 0.1 } }").is_err());
}

trait Names {
    fn map_names(&self) -> Vec<&'static str>;
}

impl Names for &[(&'static str, &'static str)] {
    fn map_names(&self) -> Vec<&'static str> {
        self.iter().map(|(name, _)| *name).collect()
    }
}

#[test]
fn the_page_on_federation_has_a_row_for_each_strategy() {
    let page = include_str!("../../../../docs/federate.md");
    for (name, about) in StrategyConfig::ALL {
        let spelled = [format!("| `\"{name}\"`"), format!("| `{{ {name} = ")];
        assert!(spelled.iter().any(|row| page.contains(row.as_str())), "no row for {name}: {about}");
    }
}

#[test]
fn the_schema_names_the_keys_as_the_spec_does_and_allows_no_others() {
    let schema = serde_json::to_value(schemars::schema_for!(FederateConfig<String>)).unwrap();
    let keys: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let table = toml::Table::try_from(FederateConfig::<String>::default()).unwrap();
    // A schedule is written where there is one.
    let mut written: Vec<&str> = table.keys().map(String::as_str).chain(["schedule"]).collect();
    written.sort_unstable();
    assert_eq!(keys, written);
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["min-clients"]["default"], 2);
}

#[test]
fn each_range_is_checked_and_what_has_no_effect_is_refused() {
    let cases = [
        ("sites = 0", "sites"),
        ("rounds = 0", "rounds"),
        ("local-epochs = 0", "local-epochs"),
        ("min-clients = 0", "min-clients"),
        ("min-clients = 6", "min-clients"),
        ("fraction = 0.0", "fraction"),
        ("fraction = 1.1", "fraction"),
        ("fraction = nan", "fraction"),
        ("strategy = { fed-prox = { mu = -1.0 } }", "fed-prox.mu"),
        ("strategy = { fed-prox = { mu = nan } }", "fed-prox.mu"),
        ("strategy = { fed-dyn = { alpha = 0.0 } }", "fed-dyn.alpha"),
        ("strategy = { fed-dyn = { alpha = 1.0 } }\nserver = { momentum = 0.5 }", "fed-dyn"),
        ("strategy = { fed-avgm = { momentum = 1.0 } }", "fed-avgm.momentum"),
        ("strategy = { fed-avgm = { learning-rate = 0.0 } }", "fed-avgm.learning-rate"),
        ("strategy = { fed-avgm = {} }\nserver = { momentum = 0.5 }", "fed-avgm"),
        ("strategy = 'scaffold'\nserver = { momentum = 0.5 }", "scaffold"),
        ("strategy = 'scaffold'\naggregate = { trimmed-mean = { trim = 0.2 } }", "scaffold"),
        ("strategy = 'fed-nova'\naggregate = { trimmed-mean = { trim = 0.2 } }", "fed-nova"),
        ("server = { learning-rate = 0.0 }", "server.learning-rate"),
        ("server = { learning-rate = inf }", "server.learning-rate"),
        ("server = { momentum = 1.0 }", "server.momentum"),
        ("aggregate = { trimmed-mean = { trim = 0.5 } }", "trimmed-mean.trim"),
        ("aggregate = { trimmed-mean = { trim = 0.0 } }", "trimmed-mean.trim"),
        // A tenth of five is none.
        ("aggregate = { trimmed-mean = { trim = 0.1 } }", "leaves nothing out"),
    ];
    for (text, key) in cases {
        let message = parse(text).unwrap().check().expect_err(text).to_string();
        assert!(message.contains(key), "{text}: {message}");
    }
    parse("").unwrap().check().unwrap();
    parse("strategy = 'scaffold'\nserver = { learning-rate = 0.5 }").unwrap().check().unwrap();
}

#[test]
fn a_fraction_asks_as_many_sites_as_it_says() {
    let asked = |fraction, min_clients, present| {
        let config = FederateConfig::<(), ()> { fraction, min_clients, ..FederateConfig::default() };
        config.check().unwrap().n_chosen(present)
    };
    assert_eq!(asked(0.1, 1, 30), 3);
    assert_eq!(asked(0.1, 1, 31), 4);
    assert_eq!(asked(0.01, 2, 30), 2);
    assert_eq!(asked(1.0, 2, 1), 1);
}

#[test]
fn everything_that_is_wrong_is_found_at_once() {
    let errors = parse("sites = 0\nrounds = 0\nstrategy = { fed-prox = { mu = -1.0 } }").unwrap().errors();
    let keys: Vec<&str> = errors.iter().map(ConfigError::key).collect();
    assert_eq!(keys, ["sites", "rounds", "strategy.fed-prox.mu"]);
}
