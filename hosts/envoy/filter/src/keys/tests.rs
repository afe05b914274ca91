//! Keys over a scripted proxy.
