//! Lines gathered for a moment and written together: a line of its own costs a system call, and a
//! wait for all others who write one.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// An output with a thread that writes to it.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to write, or someone waits for it.
    come: Condvar,
    /// Something was written.
    gone: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// Lines taken so far, and those of them that the output has.
    taken: u64,
    written: u64,
    hurry: bool,
}

impl Lines {
    /// Starts the thread.
    ///
    /// # Errors
    /// What the system says when there is no thread.
    pub(super) fn to(output: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let writer = Arc::clone(&shared);
        thread::Builder::new()
            .name("vicar-audit".to_owned())
            .stack_size(128 << 10)
            .spawn(move || writer.write_to(output))?;
        Ok(Self(shared))
    }

    /// Takes a line; waits where [`ROOM`] is full, as a slow output makes any writer wait.
    pub(super) fn add(&self, line: &str) {
        let mut state = self.0.state();
        while state.waiting.len() >= ROOM {
            state = self.0.wait_for_output(state, PATIENCE);
        }
        let first = state.waiting.is_empty();
        state.waiting.extend_from_slice(line.as_bytes());
        state.waiting.push(b'\n');
        state.taken = state.taken.saturating_add(1);
        drop(state);
        if first {
            self.0.come.notify_one();
        }
    }

    /// Waits until the output has all that was taken before, at most [`PATIENCE`]. Whether it has.
    pub(super) fn flush(&self) -> bool {
        let state = self.0.state();
        let all = state.taken;
        let mut state = state;
        while state.written < all {
            let before = state.written;
            state = self.0.wait_for_output(state, PATIENCE);
            if state.written == before {
                return false;
            }
        }
        true
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_output<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        patience: Duration,
    ) -> MutexGuard<'a, State> {
        state.hurry = true;
        self.come.notify_one();
        let waited = self.gone.wait_timeout(state, patience);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn write_to(&self, mut output: impl Write) {
        let mut batch = Vec::new();
        loop {
            let state = self.come.wait_while(self.state(), |state| state.waiting.is_empty());
            let state = state.unwrap_or_else(PoisonError::into_inner);
            let gathered = self.come.wait_timeout_while(state, GATHER, |state| !state.hurry);
            let mut state = gathered.unwrap_or_else(PoisonError::into_inner).0;
            state.hurry = false;
            std::mem::swap(&mut batch, &mut state.waiting);
            let taken = state.taken;
            drop(state);
            if let Err(error) = output.write_all(&batch).and_then(|()| output.flush()) {
                let lines = batch.iter().filter(|octet| **octet == b'\n').count();
                tracing::error!(%error, lines, "audit lines were lost");
            }
            batch.clear();
            self.state().written = taken;
            self.gone.notify_all();
        }
    }
}

/// How long the first line waits for others.
const GATHER: Duration = Duration::from_millis(2);
/// Octets that may wait.
const ROOM: usize = 256 << 10;
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    struct Sent(Sender<Vec<u8>>);

    impl Write for Sent {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(octets.to_vec());
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_of_many_threads_arrive_whole_and_in_each_ones_order() {
        let (send, receive) = channel();
        let lines = Lines::to(Sent(send)).unwrap();
        thread::scope(|scope| {
            for writer in 0..8 {
                let lines = &lines;
                scope.spawn(move || {
                    for number in 0..2000 {
                        lines.add(&format!("{writer} {number:0200}"));
                    }
                });
            }
        });
        assert!(lines.flush());
        let writes: Vec<Vec<u8>> = receive.try_iter().collect();
        assert!(writes.len() < 2000, "{} writes", writes.len());
        let text = String::from_utf8(writes.concat()).unwrap();
        let mut next = [0; 8];
        for line in text.lines() {
            let (writer, number) = line.split_once(' ').unwrap();
            let writer: usize = writer.parse().unwrap();
            assert_eq!(number.parse::<usize>().unwrap(), next[writer], "{line}");
            next[writer] += 1;
        }
        assert_eq!(next, [2000; 8]);
    }

    #[test]
    fn a_line_does_not_wait_to_be_flushed() {
        let (send, receive) = channel();
        let lines = Lines::to(Sent(send)).unwrap();
        lines.add("one");
        assert_eq!(receive.recv_timeout(Duration::from_secs(5)).unwrap(), b"one\n");
    }

    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_output_that_is_gone_stops_nobody() {
        let lines = Lines::to(Broken).unwrap();
        let long = "x".repeat(ROOM / 4);
        for _ in 0..20 {
            lines.add(&long);
        }
        assert!(lines.flush());
    }
}
