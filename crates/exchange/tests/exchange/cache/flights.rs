//! One flight a key, whoever comes and whatever becomes of the leader.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use vicar_exchange::{
    CacheKey,
    cache::{Cache, CacheLimits, Flight, Landing, Look},
    digest::Digest,
};

use crate::common::NOW;

type Tokens = Cache<u32, String>;

pub(super) fn cache() -> Tokens {
    Cache::new(CacheLimits::default(), Digest::of(b"policy"))
}

pub(super) fn key(name: &str) -> CacheKey {
    CacheKey::from_parts([name], None, None)
}

pub(super) fn lead<T: Clone + std::fmt::Debug>(
    cache: &mut Cache<T, String>,
    key: &CacheKey,
    now: u64,
) -> Flight<String> {
    match cache.look(key, now) {
        Look::Lead(flight) | Look::Refresh(_, flight) => flight,
        other => panic!("no lead: {other:?}"),
    }
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_thousand_callers_of_one_key_cause_one_flight() {
    let mut cache = cache();
    let (mut leads, mut follows) = (vec![], vec![]);
    for _ in 0..1000 {
        match cache.look(&key("a"), NOW) {
            Look::Lead(flight) => leads.push(flight),
            Look::Follow(follow) => follows.push(Box::pin(follow)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((leads.len(), follows.len()), (1, 999));
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    let mut context = Context::from_waker(&waker);
    for follow in &mut follows {
        // Polled twice, woken once.
        assert!(follow.as_mut().poll(&mut context).is_pending());
        assert!(follow.as_mut().poll(&mut context).is_pending());
    }
    follows.truncate(500);
    assert!(cache.land(leads.remove(0), 7, NOW + 3600, NOW));
    assert_eq!(count.0.load(Ordering::SeqCst), 500, "those who left are not woken");
    for follow in &mut follows {
        assert_eq!(follow.as_mut().poll(&mut context), Poll::Ready(Landing::LookAgain));
        assert!(matches!(cache.look(&key("a"), NOW), Look::Hit(7)));
    }
}

/// Waits for a future on this thread.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn threads_share_one_exchange() {
    let cache = Mutex::new(cache());
    let exchanges = AtomicUsize::new(0);
    let call = || loop {
        let look = cache.lock().unwrap().look(&key("a"), NOW);
        match look {
            Look::Hit(token) => return token,
            Look::Follow(follow) => assert_eq!(wait(follow), Landing::LookAgain),
            Look::Lead(flight) => {
                exchanges.fetch_add(1, Ordering::SeqCst);
                thread::yield_now();
                assert!(cache.lock().unwrap().land(flight, 7, NOW + 3600, NOW));
            }
            other => panic!("{other:?}"),
        }
    };
    thread::scope(|scope| {
        let callers: Vec<_> = (0..64).map(|_| scope.spawn(call)).collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap(), 7);
        }
    });
    assert_eq!(exchanges.load(Ordering::SeqCst), 1);
}

#[test]
fn a_leader_that_goes_away_leaves_the_lead_to_one_other() {
    let mut cache = cache();
    let flight = lead(&mut cache, &key("a"), NOW);
    let Look::Follow(follow) = cache.look(&key("a"), NOW) else { panic!() };
    drop(flight);
    assert!(follow.is_over());
    assert_eq!(wait(follow), Landing::LookAgain);
    let _second = lead(&mut cache, &key("a"), NOW);
    assert!(matches!(cache.look(&key("a"), NOW), Look::Follow(_)));
}

#[test]
fn a_failure_is_everybodys_and_holds_for_a_while() {
    let mut cache = cache();
    let flight = lead(&mut cache, &key("a"), NOW);
    let Look::Follow(follow) = cache.look(&key("a"), NOW) else { panic!() };
    cache.fail(flight, "no consent".to_owned(), NOW + 10);
    assert_eq!(wait(follow), Landing::Failed("no consent".to_owned()));
    assert!(matches!(cache.look(&key("a"), NOW + 9), Look::Failed(why) if why == "no consent"));
    assert!(matches!(cache.look(&key("a"), NOW + 10), Look::Lead(_)));
    assert!(matches!(cache.look(&key("b"), NOW), Look::Lead(_)), "of this key only");
}

#[test]
fn a_leader_that_takes_too_long_is_overtaken_and_keeps_nothing() {
    let mut cache = cache();
    let late = lead(&mut cache, &key("a"), NOW);
    assert!(matches!(cache.look(&key("a"), NOW + 59), Look::Follow(_)));
    let second = lead(&mut cache, &key("a"), NOW + 60);
    assert!(!cache.land(late, 1, NOW + 3600, NOW + 61));
    assert!(matches!(cache.look(&key("a"), NOW + 61), Look::Follow(_)));
    assert!(cache.land(second, 2, NOW + 3600, NOW + 62));
    assert!(matches!(cache.look(&key("a"), NOW + 62), Look::Hit(2)));
}

#[test]
fn a_late_failure_of_an_overtaken_leader_says_nothing() {
    let mut cache = cache();
    let late = lead(&mut cache, &key("a"), NOW);
    let second = lead(&mut cache, &key("a"), NOW + 60);
    assert!(cache.land(second, 2, NOW + 3600, NOW + 61));
    cache.fail(late, "late".to_owned(), NOW + 1000);
    assert!(matches!(cache.look(&key("a"), NOW + 62), Look::Hit(2)));
}

#[test]
fn everything_can_go_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<vicar_exchange::Machine>();
    is_send::<vicar_exchange::Step>();
    is_send::<vicar_exchange::Event>();
    is_send::<Tokens>();
    is_send::<vicar_exchange::cache::Follow<String>>();
    is_send::<Flight<String>>();
}
