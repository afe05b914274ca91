//! The host calls of the proxy-wasm ABI 0.2.1 that the filter uses, and no other.

#![expect(unsafe_code, reason = "foreign functions are unsafe to call, and so are their stand-ins")]
#![cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::too_many_arguments, reason = "the ABI says how many there are")
)]

#[cfg(target_arch = "wasm32")]
macro_rules! imports {
    ($($name:ident($($argument:ident: $type:ty),*);)+) => {
        #[link(wasm_import_module = "env")]
        unsafe extern "C" {
            $(pub(crate) fn $name($($argument: $type),*) -> u32;)+
        }
    };
}

/// Without a proxy every call is unimplemented, so that this crate compiles, and is linted, on the
/// machine of whoever works on it.
#[cfg(not(target_arch = "wasm32"))]
macro_rules! imports {
    ($($name:ident($($argument:ident: $type:ty),*);)+) => {
        $(
            /// # Safety
            /// None is needed: nothing is done.
            pub(crate) unsafe fn $name($(_: $type),*) -> u32 {
                UNIMPLEMENTED
            }
        )+
    };
}

imports! {
    proxy_log(level: u32, message: *const u8, message_size: usize);
    proxy_get_log_level(level: *mut u32);
    proxy_get_current_time_nanoseconds(time: *mut u64);
    proxy_set_tick_period_milliseconds(period: u32);
    proxy_set_effective_context(context: u32);
    proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize);
    proxy_get_header_map_value(
        map: u32, key: *const u8, key_size: usize, data: *mut *mut u8, size: *mut usize
    );
    proxy_replace_header_map_value(
        map: u32, key: *const u8, key_size: usize, value: *const u8, value_size: usize
    );
    proxy_remove_header_map_value(map: u32, key: *const u8, key_size: usize);
    proxy_get_buffer_bytes(
        buffer: u32, start: usize, most: usize, data: *mut *mut u8, size: *mut usize
    );
    proxy_set_buffer_bytes(
        buffer: u32, start: usize, replaced: usize, data: *const u8, size: usize
    );
    proxy_get_property(
        path: *const u8, path_size: usize, data: *mut *mut u8, size: *mut usize
    );
    proxy_set_property(path: *const u8, path_size: usize, value: *const u8, value_size: usize);
    proxy_send_local_response(
        status: u32, details: *const u8, details_size: usize, body: *const u8, body_size: usize,
        headers: *const u8, headers_size: usize, grpc_status: i32
    );
    proxy_continue_stream(direction: u32);
    proxy_http_call(
        cluster: *const u8, cluster_size: usize, headers: *const u8, headers_size: usize,
        body: *const u8, body_size: usize, trailers: *const u8, trailers_size: usize,
        timeout: u32, call: *mut u32
    );
    proxy_get_shared_data(
        key: *const u8, key_size: usize, data: *mut *mut u8, size: *mut usize, version: *mut u32
    );
    proxy_set_shared_data(
        key: *const u8, key_size: usize, value: *const u8, value_size: usize, version: u32
    );
    proxy_define_metric(kind: u32, name: *const u8, name_size: usize, metric: *mut u32);
    proxy_increment_metric(metric: u32, amount: i64);
    proxy_record_metric(metric: u32, value: u64);
    proxy_call_foreign_function(
        name: *const u8, name_size: usize, arguments: *const u8, arguments_size: usize,
        data: *mut *mut u8, size: *mut usize
    );
}

#[cfg(not(target_arch = "wasm32"))]
const UNIMPLEMENTED: u32 = 12;
