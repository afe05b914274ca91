//! Our evaluator against Cedar's: generated policies, entities and requests must get the same
//! decision, the same determining policies and the same erring policies from both.
//!
//! `VICAR_FUZZ_CASES` sets how many cases run (a few thousand without it), `VICAR_FUZZ_SEED`
//! where they start, `VICAR_FUZZ_THREADS` on how many threads. Each policy set has a seed of its
//! own, which a failure names; that seed with one case gives the failure again.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "all of this is a test: it reads its settings, takes its time and fails by panicking"
)]

mod coverage;
mod expression;
mod random;
mod vocabulary;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use coverage::Coverage;
use vicar_compiler::cedar::lower_unvalidated;
use vicar_compiler::reference::{Reference, compare, to_cedar_entities};
use vicar_policy::{Entities, Program};
use world::{ASKS, World};

#[test]
fn evaluator_and_cedar_agree_on_generated_cases() {
    let cases = setting("VICAR_FUZZ_CASES", 4000);
    let first_seed = setting("VICAR_FUZZ_SEED", 1);
    let threads = setting("VICAR_FUZZ_THREADS", 2);
    let sets = cases.div_ceil(ASKS as u64);
    println!("{cases} cases in {sets} policy sets from seed {first_seed} on {threads} threads");

    let next = AtomicU64::new(0);
    let started = Instant::now();
    let coverage = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| work(&next, sets, first_seed, started))).collect();
        let mut total = Coverage::default();
        for worker in workers {
            total.merge(&worker.join().expect("a difference was found, see above"));
        }
        total
    });
    println!("{coverage}");
    println!("no difference in {} cases, {:.0?}", coverage.cases, started.elapsed());
    if cases >= 2000 {
        coverage.assert_worthwhile();
    }
}

fn work(next: &AtomicU64, sets: u64, first_seed: u64, started: Instant) -> Coverage {
    let mut coverage = Coverage::default();
    loop {
        let set = next.fetch_add(1, Ordering::Relaxed);
        if set >= sets {
            return coverage;
        }
        if set > 0 && set.is_multiple_of(PROGRESS) {
            println!("{} cases after {:.0?}", set * ASKS as u64, started.elapsed());
        }
        run(first_seed.wrapping_add(set), &mut coverage);
    }
}

/// All requests of one policy set.
fn run(seed: u64, coverage: &mut Coverage) {
    let world = World::generate(seed);
    let text = || world.files.iter().map(|(_, text)| text.as_str()).collect::<String>();
    let lowered = lower_unvalidated(&world.files, &world.links);
    let reference = match (Reference::new(&world.files, &world.links), &lowered) {
        (Ok(reference), Ok(_)) => reference,
        (Err(_), Err(_)) => {
            coverage.skipped += 1;
            return;
        }
        (cedar, lowered) => panic!(
            "seed {seed}: only one reads the policies\ncedar: {:?}\nours: {:?}\n{}",
            cedar.err(),
            lowered.as_ref().err(),
            text()
        ),
    };
    let lowered = lowered.expect("checked above");
    coverage.policies(&lowered);
    let program = Program::compile(lowered).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let loaded = Program::from_bytes(&program.to_bytes())
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let layers = [&world.base, &world.top];
    let entities = Entities::new(&layers);
    let cedar_entities =
        to_cedar_entities(&entities).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    for ask in &world.asks {
        let answer = reference
            .authorize_with(&ask.request(), &cedar_entities)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let outcome = loaded.evaluate(&ask.request(), &entities);
        if let Err(difference) = compare(&answer, &loaded, &outcome) {
            panic!(
                "seed {seed}: {difference}\nerring: {:?}\n{}links: {:?}\n{ask:?}\nprincipal: \
                 {:?}\nresource: {:?}",
                outcome.erring,
                text(),
                world.links,
                entities.get(&ask.principal),
                entities.get(&ask.resource),
            );
        }
        coverage.outcome(&outcome);
    }
}

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    }
}

/// Policy sets between two lines of progress.
const PROGRESS: u64 = 10_000;
