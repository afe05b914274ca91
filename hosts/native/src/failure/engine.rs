//! What an engine's error means to people.

use super::{Failure, code};
use crate::engine::EngineError;

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::Problem { reason, message } => Self::new(reason, message),
            EngineError::Deadline { .. } => Self::new(code::ENGINE_DEADLINE, message),
            EngineError::Memory { .. } => Self::new(code::ENGINE_MEMORY, message),
            _ => Self::new(code::ENGINE_UNUSABLE, message)
                .hint("`--engine native` runs the same core without the sandbox"),
        }
    }
}
