//! The API's description.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// The file that ships with the documentation.
pub(super) const OPENAPI: &str = include_str!("../../../../docs/sidecar.openapi.json");
