//! Whether the program is well.

/// The answer of `GET /health`.
#[derive(Clone, Debug, Default)]
pub struct HealthReport {
    /// What was looked at.
    pub checks: Vec<HealthCheck>,
}

/// One thing that must be in order. Everybody may read it.
#[derive(Clone, Debug)]
pub struct HealthCheck {
    /// What: `storage`.
    pub name: &'static str,
    /// What is wrong with it, if anything.
    pub problem: Option<String>,
}

impl HealthReport {
    /// Whether nothing is wrong.
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.problem.is_none())
    }
}
