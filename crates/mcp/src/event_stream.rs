//! Event streams (`text/event-stream`, WHATWG HTML section 9.2), event by event.

/// Splits an event stream into events as it comes in, and lets each event's data be replaced.
/// What is not replaced goes on to the byte.
#[derive(Clone, Debug)]
pub struct EventStream {
    /// The bytes of the event that is not complete yet.
    pending: Vec<u8>,
    longest: usize,
    line_is_empty: bool,
    after_carriage_return: bool,
    is_first: bool,
}

/// An event is longer than is accepted. Nothing more of the stream must go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the upstream's stream is longer than {longest} bytes")]
pub struct EventTooLong {
    /// The longest accepted event, in bytes.
    pub longest: usize,
}

/// What becomes of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on without its data, so that clients take its `id` and nothing else.
    Drop,
    /// It goes on as it is.
    Keep,
    /// It goes on with this data.
    Replace(String),
}

impl EventStream {
    /// A stream whose events are at most `longest` bytes long, line ends included.
    pub const fn new(longest: usize) -> Self {
        Self {
            pending: Vec::new(),
            longest,
            line_is_empty: true,
            after_carriage_return: false,
            is_first: true,
        }
    }

    /// Takes the next piece of the stream and gives what may go on. `judge` is asked about the
    /// data of each event that has any.
    ///
    /// # Errors
    /// [`EventTooLong`]; the stream is over then. What came before is lost with it.
    pub fn push(
        &mut self,
        chunk: &[u8],
        judge: &mut dyn FnMut(&[u8]) -> Fate,
    ) -> Result<Vec<u8>, EventTooLong> {
        let mut out = Vec::with_capacity(chunk.len());
        for byte in chunk {
            let ends_line_begun = std::mem::take(&mut self.after_carriage_return);
            if ends_line_begun && *byte == b'\n' {
                // The second half of a line end; its event may have gone already.
                if self.pending.is_empty() { &mut out } else { &mut self.pending }.push(*byte);
                continue;
            }
            self.pending.push(*byte);
            if self.pending.len() > self.longest {
                return Err(EventTooLong { longest: self.longest });
            }
            let ends_line = matches!(byte, b'\n' | b'\r');
            self.after_carriage_return = *byte == b'\r';
            if ends_line && self.line_is_empty {
                self.flush(&mut out, judge);
            }
            self.line_is_empty = ends_line;
        }
        Ok(out)
    }

    /// Takes the end of the stream and gives what may go on: an event without its empty line,
    /// which a careless client might take for whole.
    pub fn finish(&mut self, judge: &mut dyn FnMut(&[u8]) -> Fate) -> Vec<u8> {
        let mut out = Vec::new();
        self.flush(&mut out, judge);
        out
    }

    fn flush(&mut self, out: &mut Vec<u8>, judge: &mut dyn FnMut(&[u8]) -> Fate) {
        let event = std::mem::take(&mut self.pending);
        let skip = if std::mem::take(&mut self.is_first) && event.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        };
        let (mark, text) = event.split_at_checked(skip).unwrap_or((&[], &event));
        let lines = lines(text);
        let mut data: Option<Vec<u8>> = None;
        for line in &lines {
            if let Some(value) = line.data() {
                match &mut data {
                    None => data = Some(value.to_vec()),
                    Some(data) => {
                        data.push(b'\n');
                        data.extend_from_slice(value);
                    }
                }
            }
        }
        let fate = data.as_deref().map_or(Fate::Keep, judge);
        match fate {
            Fate::Keep => out.extend_from_slice(&event),
            Fate::Drop => {
                out.extend_from_slice(mark);
                replace(out, &lines, None);
            }
            Fate::Replace(data) => {
                out.extend_from_slice(mark);
                replace(out, &lines, Some(&data));
            }
        }
        self.line_is_empty = true;
    }
}

/// A line of an event with the bytes that end it.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    content: &'a [u8],
    end: &'a [u8],
}

impl<'a> Line<'a> {
    /// The value of a `data` field.
    fn data(self) -> Option<&'a [u8]> {
        let rest = self.content.strip_prefix(b"data")?;
        match rest.strip_prefix(b":") {
            None => rest.is_empty().then_some(rest),
            Some(value) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        }
    }
}

fn lines(mut text: &[u8]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    while !text.is_empty() {
        let length = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let (content, rest) =
            text.split_at_checked(length.unwrap_or(text.len())).unwrap_or((text, &[]));
        let ending = if rest.starts_with(b"\r\n") { 2 } else { rest.len().min(1) };
        let (end, rest) = rest.split_at_checked(ending).unwrap_or((rest, &[]));
        lines.push(Line { content, end });
        text = rest;
    }
    lines
}

/// Writes an event with other data, in the place of its first `data` line.
fn replace(out: &mut Vec<u8>, lines: &[Line<'_>], mut data: Option<&str>) {
    for line in lines {
        if line.data().is_none() {
            out.extend_from_slice(line.content);
            out.extend_from_slice(line.end);
        } else if let Some(data) = data.take() {
            for piece in data.split(['\n', '\r']) {
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(piece.as_bytes());
                out.extend_from_slice(if line.end.is_empty() { b"\n" } else { line.end });
            }
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests;
