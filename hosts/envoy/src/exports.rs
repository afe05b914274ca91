//! The callbacks that the proxy makes.

#![expect(unsafe_code, reason = "an export's name has to be kept as it is")]

use std::cell::RefCell;

use vicar_envoy_filter::{
    Action, Filter, ProxyHost,
    host::{CallId, LogLevel},
};

use crate::proxy::{Proxy, allocate};

thread_local! {
    /// Every context. A proxy makes no callback from within a host call but for memory; should one
    /// do so, the cell is found borrowed and the callback does nothing.
    static FILTER: RefCell<Filter<Proxy>> = const { RefCell::new(Filter::new(Proxy)) };
}

/// Runs a callback, or answers `otherwise` when the filter is busy in another.
fn with<T>(otherwise: T, callback: impl FnOnce(&mut Filter<Proxy>) -> T) -> T {
    FILTER
        .try_with(|filter| filter.try_borrow_mut().ok().map(|mut filter| callback(&mut filter)))
        .ok()
        .flatten()
        .unwrap_or(otherwise)
}

/// Tells the proxy which ABI this is.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_abi_version_0_2_1() {}

/// Prepares the module: what would end it is written to the proxy's log first.
#[unsafe(no_mangle)]
pub extern "C" fn _initialize() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        Proxy.log(LogLevel::Error, &format!("vicar: panic at {place}"));
    }));
}

/// Gives the proxy memory for what a host call returns.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    allocate(size)
}

/// A context was made.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_context_create(context: u32, parent: u32) {
    with((), |filter| filter.created(context, parent));
}

/// The virtual machine starts; it has no configuration of its own.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_vm_start(_: u32, _: usize) -> u32 {
    1
}

/// A root gets its configuration.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_configure(context: u32, _: usize) -> u32 {
    with(false, |filter| filter.configured(context)).into()
}

/// Time has passed.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_tick(context: u32) {
    with((), |filter| filter.ticked(context));
}

/// The head of a request has come.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_headers(context: u32, _: usize, end: u32) -> u32 {
    with(Action::Pause, |filter| filter.request_headers(context, end != 0)) as u32
}

/// Some of a request's body has come.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_body(context: u32, size: usize, end: u32) -> u32 {
    with(Action::Pause, |filter| filter.request_body(context, size, end != 0)) as u32
}

/// A request ends with trailers.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_trailers(context: u32, _: usize) -> u32 {
    with(Action::Pause, |filter| filter.request_trailers(context)) as u32
}

/// The head of a response has come.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_headers(context: u32, _: usize, end: u32) -> u32 {
    with(Action::Pause, |filter| filter.response_headers(context, end != 0)) as u32
}

/// Some of a response's body has come.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_body(context: u32, size: usize, end: u32) -> u32 {
    with(Action::Pause, |filter| filter.response_body(context, size, end != 0)) as u32
}

/// A response ends with trailers.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_trailers(context: u32, _: usize) -> u32 {
    with(Action::Pause, |filter| filter.response_trailers(context)) as u32
}

/// The answer to a call has come.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_http_call_response(
    context: u32,
    call: u32,
    fields: usize,
    length: usize,
    _: usize,
) {
    with((), |filter| filter.call_answered(context, CallId(call), fields, length));
}

/// The proxy is done with a context.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_done(context: u32) -> u32 {
    with(true, |filter| filter.done(context)).into()
}

/// A context is no more.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_delete(context: u32) {
    with((), |filter| filter.deleted(context));
}
