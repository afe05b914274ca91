//! A decision: Vicar's evaluator against Cedar's own, natively and in wasmtime.

use std::{error::Error, fs, path::Path};

use vicar_bench_guest::{Duel, REQUESTS, policies};
use vicar_compiler::cedar::lower_unvalidated;
use vicar_native::engine::{
    configuration,
    signatures::{Keys, add_to_linker},
};
use vicar_policy::Program;
use wasmtime::{
    Engine, Store,
    component::{Component, Instance, Linker, TypedFunc},
};
use wit_component::ComponentEncoder;

use crate::{
    measure::nanoseconds,
    report::{Section, shown},
};

/// Nanoseconds a decision, for one number of policies.
struct Times {
    count: usize,
    vicar: f64,
    cedar: f64,
}

pub(crate) fn run(guest: &Path) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("A decision, explanation recorded");
    let native = COUNTS.iter().map(|count| natively(*count)).collect::<Result<Vec<_>, _>>()?;
    describe(&mut section, "native", &native);
    let engine = configuration::runtime()?;
    let component = component(&engine, guest)?;
    let hosted = COUNTS
        .iter()
        .map(|count| in_wasmtime(&component, *count))
        .collect::<Result<Vec<_>, _>>()?;
    describe(&mut section, "wasmtime", &hosted);
    Ok(section)
}

/// The workload, compiled for wasmtime.
pub(crate) fn component(engine: &Engine, guest: &Path) -> Result<Component, Box<dyn Error>> {
    let component =
        ComponentEncoder::default().validate(true).module(&fs::read(guest)?)?.encode()?;
    Ok(Component::new(engine, component)?)
}

fn describe(section: &mut Section, place: &str, times: &[Times]) {
    for Times { count, vicar, cedar } in times {
        section.value(
            format!("{place}, {count} policies: Vicar / Cedar"),
            format!("{} / {}", shown(vicar / 1e3, " us"), shown(cedar / 1e3, " us")),
        );
    }
    if let [first, .., last] = times {
        section.at_least(
            format!("{place}: Cedar / Vicar at {} policies", first.count),
            first.cedar / first.vicar,
            20.0,
            "x",
        );
        section.at_most(
            format!("{place}: Vicar at {} / at {} policies", last.count, first.count),
            last.vicar / first.vicar,
            1.2,
            "x",
        );
    }
}

fn natively(count: usize) -> Result<Times, Box<dyn Error>> {
    let (program, text) = compiled(count)?;
    let mut duel = Duel::new(&program, &text)?;
    agree(duel.vicar(1), duel.cedar(1))?;
    Ok(Times {
        count,
        vicar: nanoseconds(REQUESTS * ROUNDS, || {
            duel.vicar(ROUNDS);
        }),
        cedar: nanoseconds(REQUESTS, || {
            duel.cedar(1);
        }),
    })
}

fn in_wasmtime(component: &Component, count: usize) -> Result<Times, Box<dyn Error>> {
    let (program, text) = compiled(count)?;
    let mut guest = Guest::new(component)?;
    let load: TypedFunc<(&[u8], &str), ()> =
        guest.instance.get_typed_func(&mut guest.store, "load")?;
    load.call(&mut guest.store, (&program, &text))?;
    let vicar = guest.function("vicar")?;
    let cedar = guest.function("cedar")?;
    agree(guest.call(&vicar, 1)?, guest.call(&cedar, 1)?)?;
    let mut failed = None;
    let mut time = |function: &TypedFunc<(u32,), (u32,)>, rounds| {
        nanoseconds(REQUESTS * rounds, || {
            if let Err(error) = guest.call(function, rounds) {
                failed = Some(error);
            }
        })
    };
    let times = Times { count, vicar: time(&vicar, ROUNDS), cedar: time(&cedar, 1) };
    match failed {
        Some(error) => Err(error),
        None => Ok(times),
    }
}

/// The workload in wasmtime, its host's verifier at hand.
pub(crate) struct Guest {
    pub(crate) store: Store<Keys>,
    pub(crate) instance: Instance,
}

impl Guest {
    pub(crate) fn new(component: &Component) -> Result<Self, Box<dyn Error>> {
        let mut store = Store::new(component.engine(), Keys::default());
        store.set_epoch_deadline(u64::MAX / 2);
        let mut linker = Linker::new(component.engine());
        add_to_linker(&mut linker, |keys| keys)?;
        let instance = linker.instantiate(&mut store, component)?;
        Ok(Self { store, instance })
    }

    fn function(&mut self, name: &str) -> Result<TypedFunc<(u32,), (u32,)>, Box<dyn Error>> {
        Ok(self.instance.get_typed_func(&mut self.store, name)?)
    }

    fn call(
        &mut self,
        function: &TypedFunc<(u32,), (u32,)>,
        rounds: u32,
    ) -> Result<u32, Box<dyn Error>> {
        Ok(function.call(&mut self.store, (rounds,))?.0)
    }
}

fn compiled(count: usize) -> Result<(Vec<u8>, String), Box<dyn Error>> {
    let text = policies(count);
    let lowered = lower_unvalidated(&[("bench.cedar".to_owned(), text.clone())], &[])
        .map_err(|problems| format!("{} problems in the workload's policies", problems.len()))?;
    Ok((Program::compile(lowered)?.to_bytes(), text))
}

/// A benchmark of engines that disagree says nothing.
fn agree(vicar: u32, cedar: u32) -> Result<(), String> {
    if vicar == cedar && vicar > 0 {
        return Ok(());
    }
    Err(format!("of {REQUESTS} requests Vicar allows {vicar} and Cedar {cedar}"))
}

const COUNTS: [usize; 3] = [20, 200, 2000];
/// Rounds in one call, so that the call itself does not count.
const ROUNDS: u32 = 64;
