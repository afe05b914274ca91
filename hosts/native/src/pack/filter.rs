//! The Envoy filter's module: its imports, and its size.

use super::{Imports, PackError};

/// Checks a module for Envoy: it may import the host calls that the filter uses and nothing else
/// (Envoy refuses to start with an import that it does not have), and is at most a megabyte.
///
/// # Errors
/// [`PackError::Forbidden`] or [`PackError::TooLarge`].
pub fn check_filter(module: &[u8]) -> Result<(), PackError> {
    Imports::of("Envoy module", module)?.only_names("env", HOST_CALLS)?;
    if module.len() > LARGEST {
        let (artefact, length) = ("Envoy module", module.len());
        return Err(PackError::TooLarge { artefact, length, limit: LARGEST });
    }
    Ok(())
}

/// Largest module, in bytes: Envoy compiles it ahead of the first request, about a second of one
/// processor for each megabyte.
const LARGEST: usize = 1_000_000;

/// The host calls of the proxy-wasm ABI 0.2.1 that the filter uses; `deploy/envoy` allows the same
/// as capabilities.
pub const HOST_CALLS: &[&str] = &[
    "proxy_call_foreign_function",
    "proxy_continue_stream",
    "proxy_define_metric",
    "proxy_get_buffer_bytes",
    "proxy_get_current_time_nanoseconds",
    "proxy_get_header_map_pairs",
    "proxy_get_header_map_value",
    "proxy_get_log_level",
    "proxy_get_property",
    "proxy_get_shared_data",
    "proxy_http_call",
    "proxy_increment_metric",
    "proxy_log",
    "proxy_record_metric",
    "proxy_remove_header_map_value",
    "proxy_replace_header_map_value",
    "proxy_send_local_response",
    "proxy_set_buffer_bytes",
    "proxy_set_effective_context",
    "proxy_set_property",
    "proxy_set_shared_data",
    "proxy_set_tick_period_milliseconds",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_for_envoy_imports_host_calls_in_use_only() {
        let module =
            |import: &str| wat::parse_str(format!("(module (import {import} (func)))")).unwrap();
        check_filter(&module(r#""env" "proxy_log""#)).unwrap();
        for refused in [
            r#""env" "proxy_close_stream""#,
            r#""wasi_snapshot_preview1" "fd_write""#,
            r#""__wbindgen_placeholder__" "proxy_log""#,
        ] {
            assert!(matches!(check_filter(&module(refused)), Err(PackError::Forbidden { .. })));
        }
    }

    #[test]
    fn the_list_is_that_of_the_filters_imports() {
        let declared = include_str!("../../../envoy/src/imports.rs");
        let mut named: Vec<&str> = declared
            .lines()
            .filter_map(|line| line.trim().strip_prefix("proxy_"))
            .filter_map(|line| line.split_once('('))
            .map(|(name, _)| name)
            .collect();
        named.sort_unstable();
        let listed: Vec<&str> =
            HOST_CALLS.iter().filter_map(|name| name.strip_prefix("proxy_")).collect();
        assert_eq!(listed, named);
    }
}
