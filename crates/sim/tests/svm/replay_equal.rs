//! The program equals the engine: the same day, run on both, ends in the same numbers.

use breakwater_sim::engine::EngineVenue;
use breakwater_sim::replay::{self, FinalState};
use breakwater_sim::svm::SvmVenue;

use crate::seeds::{number, seed};

const EXAMPLE: &str = include_str!("../../days/example.jsonl");

fn on_both(day: &str) -> [FinalState; 2] {
    let lines = replay::parse(day).expect("a script");
    let params = replay::exchange_of(&lines).expect("parameters");
    let mut engine = EngineVenue::new(&params).expect("an exchange");
    let mut svm = SvmVenue::new(&params).expect("a cluster").expect("an exchange");
    let engine = replay::run(&lines, &mut engine).expect("runs on the engine");
    let svm = replay::run(&lines, &mut svm).expect("runs on the program");
    [engine, svm]
}

#[test]
fn the_example_day_ends_the_same_and_uses_every_tier() {
    let [engine, svm] = on_both(EXAMPLE);
    assert_eq!(engine, svm);
    assert!(svm.conserved);
    let tiers = &svm.markets["SOL"].tiers;
    assert!(tiers.partial_liquidations > 0);
    for amount in [&tiers.insured_usd, &tiers.deleveraged, &tiers.absorbed_usd, &tiers.socialised_usd] {
        assert!(amount.bytes().any(|byte| (b'1'..=b'9').contains(&byte)), "{tiers:?}");
    }
}

#[test]
fn random_histories_end_the_same() {
    let (seed, histories) = (seed(), number("BREAKWATER_HISTORIES", 40));
    for history in 0..histories {
        let day = replay::random_day(seed + history, 120);
        let [engine, svm] = on_both(&day);
        let written = || {
            let path = std::env::temp_dir().join(format!("breakwater-{}.jsonl", seed + history));
            std::fs::write(&path, &day).expect("a file");
            format!("BREAKWATER_SEED={} BREAKWATER_HISTORIES=1, or replay {}", seed + history, path.display())
        };
        assert!(engine == svm, "program and engine differ: {}\n{engine:#?}\n{svm:#?}", written());
        assert!(svm.conserved, "atoms are missing: {}", written());
    }
}
