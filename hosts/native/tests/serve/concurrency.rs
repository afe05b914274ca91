use std::{sync::Barrier, thread};

use super::world::{DANA, INVOICE, ROBIN, World};

#[test]
fn two_hundred_callers_of_one_key_cause_one_exchange() {
    let world = World::start();
    let dana = world.dana();
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let barrier = Barrier::new(200);
    let tokens: Vec<String> = thread::scope(|scope| {
        let callers: Vec<_> = (0..200)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let answer = world.ask(&path, &dana);
                    answer.claims()["uti"].as_str().unwrap().to_owned()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(world.token_requests().len(), 2, "T1 once, T2 once");
}

#[test]
fn one_t1_serves_many_users_at_once() {
    let world = World::start();
    let users = [(world.dana(), DANA), (world.robin(), ROBIN)];
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    thread::scope(|scope| {
        for number in 0..40 {
            let (token, oid) = &users[number % 2];
            let (world, path) = (&world, &path);
            scope.spawn(move || assert_eq!(world.ask(path, token).claims()["oid"], **oid));
        }
    });
    let forms = world.token_requests();
    let t1 = forms.iter().filter(|form| form.contains_key("fmi_path")).count();
    assert_eq!((t1, forms.len()), (1, 3), "{forms:?}");
}

#[test]
fn a_refusal_is_shared_and_does_not_loop() {
    let world = World::start();
    let robin = world.robin();
    let path = format!("/AuthorizationHeader/Read?AgentIdentity={}", super::world::REPORT);
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| {
                assert_eq!(world.ask(&path, &robin).problem(), (403, "consent_missing"));
            });
        }
    });
    let forms = world.token_requests();
    assert!(forms.len() <= 4, "{forms:?}");
}
