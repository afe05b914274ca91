//! The world's exports over the machine.

use std::cell::RefCell;

use vicar_exchange::{
    Carriage, Event, HttpResponse, Machine as Exchange, Problem, Randomness, Secret, Spec,
};

use crate::bindings::Component;
use crate::bindings::exports::vicar::exchange::exchange as world;
use crate::step;

impl world::Guest for Component {
    type Machine = Machine;
}

/// An exchange under way. The component model lets no call enter while another is under way, so
/// the cell is never found borrowed.
pub(crate) struct Machine(RefCell<Exchange>);

impl world::GuestMachine for Machine {
    fn start(
        spec: String,
        randomness: Vec<u8>,
        now: u64,
    ) -> Result<(world::Machine, world::Step), world::Problem> {
        // The spec holds secrets: it is wiped when it has been read.
        let spec = Secret::new(spec);
        let spec = Spec::from_json(spec.expose())
            .map_err(|problem| step::problem(&Problem::Spec(problem)))?;
        let seed = randomness.try_into().map_err(|_| {
            step::problem(&Problem::OutOfOrder("randomness of another length than 32 octets"))
        })?;
        let (machine, first) = Exchange::start(spec, Randomness::new(seed), now);
        Ok((world::Machine::new(Self(RefCell::new(machine))), step::world_step(first)))
    }

    fn resume(&self, event: world::Event, now: u64) -> world::Step {
        step::world_step(self.0.borrow_mut().resume(brought(event), now))
    }

    fn correlation_id(&self) -> String {
        self.0.borrow().correlation_id().as_str().to_owned()
    }
}

fn brought(event: world::Event) -> Event {
    match event {
        world::Event::Assertion(assertion) => Event::Assertion(assertion.map(Secret::new)),
        world::Event::Response(answer) => Event::Response(match answer {
            Ok(answer) => Ok(HttpResponse::new(
                answer.status,
                answer.content_type,
                answer.retry_after,
                answer.body,
            )),
            Err(carriage) => Err(match carriage {
                world::Carriage::Connection => Carriage::Connection,
                world::Carriage::Deadline => Carriage::Deadline,
                world::Carriage::TooLarge => Carriage::TooLarge,
                world::Carriage::Untrusted => Carriage::Untrusted,
            }),
        }),
        world::Event::Signature(signature) => Event::Signature(signature),
        world::Event::Woken => Event::Woken,
    }
}
