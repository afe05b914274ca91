//! The workload as a component.

mod bindings;

use std::cell::RefCell;

use bindings::{
    Component,
    vicar::gate::signatures::{self, Algorithm, Key, PublicKey},
};

use crate::Duel;

thread_local! {
    static DUEL: RefCell<Option<Duel>> = const { RefCell::new(None) };
    static KEY: RefCell<Option<Key>> = const { RefCell::new(None) };
}

impl bindings::Guest for Component {
    #[expect(clippy::expect_used, reason = "a benchmark that cannot load its workload ends")]
    fn load(program: Vec<u8>, policies: String) {
        let duel = Duel::new(&program, &policies).expect("both engines take the policies");
        DUEL.set(Some(duel));
    }

    fn vicar(rounds: u32) -> u32 {
        DUEL.with_borrow_mut(|duel| duel.as_mut().map_or(0, |duel| duel.vicar(rounds)))
    }

    fn cedar(rounds: u32) -> u32 {
        DUEL.with_borrow(|duel| duel.as_ref().map_or(0, |duel| duel.cedar(rounds)))
    }

    fn prepare(algorithm: Algorithm, key: PublicKey) {
        KEY.set(signatures::prepare(algorithm, &key).ok());
    }

    fn verify(message: Vec<u8>, signature: Vec<u8>, rounds: u32) -> u32 {
        KEY.with_borrow(|key| {
            let Some(key) = key else { return 0 };
            (0..rounds).map(|_| u32::from(key.verify(&message, &signature))).sum()
        })
    }
}
