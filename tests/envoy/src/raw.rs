//! Bytes on a connection, for what no HTTP library sends.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::Failure;

/// Sends `pieces` one after the other and reads until the other side closes, or `patience` is
/// over; what was read.
///
/// # Errors
/// [`Failure::System`] when there is no connection.
pub fn exchange(
    address: SocketAddr,
    pieces: &[&[u8]],
    patience: Duration,
) -> Result<Vec<u8>, Failure> {
    let mut stream = TcpStream::connect(address).map_err(Failure::system("connect"))?;
    stream
        .set_read_timeout(Some(Duration::from_millis(50)))
        .map_err(Failure::system("set a time limit"))?;
    for piece in pieces {
        // An early refusal closes the connection while there is more to send.
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    let begin = Instant::now();
    let mut answer = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while begin.elapsed() < patience {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => answer.extend(buffer.iter().take(count)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
        if is_whole(&answer) {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    Ok(answer)
}

/// The status of the first answer in these bytes.
pub fn status(answer: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(answer);
    text.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()
}

/// Whether the answer with an announced length is there.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    head.lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| body.len() >= length)
}
