//! The manifests of `deploy/kubernetes`: what kustomize makes of them is what Kubernetes' published
//! schemas describe, is locked up, and is something that `vicar serve` runs with.

#[cfg(test)]
mod bundle;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod document;
#[cfg(test)]
mod hardening;
#[cfg(test)]
mod kind;
#[cfg(test)]
mod network;
#[cfg(test)]
mod pod;
#[cfg(test)]
mod rendering;
#[cfg(test)]
mod running;
#[cfg(test)]
mod schemas;
