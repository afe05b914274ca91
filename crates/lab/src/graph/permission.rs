//! Who may call what.

use super::{Caller, GraphRefusal};

impl Caller {
    /// Demands one of `permissions`.
    pub(super) fn demand(&self, permissions: &[&str]) -> Result<(), GraphRefusal> {
        let has = self.permissions.iter().any(|held| permissions.contains(&held.as_str()));
        if has {
            return Ok(());
        }
        Err(GraphRefusal::new(
            403,
            "Authorization_RequestDenied",
            format!(
                "Insufficient privileges to complete the operation. One of {} is needed.",
                permissions.join(", ")
            ),
        ))
    }
}
