//! Nothing lets a request pass but an allow.
