//! Whether the policy of a resource is about that resource, and about actions that such a policy can speak about.
//!
//! A statement about anything else would be accepted and never apply, and its author would believe that something
//! is shared or protected.

use super::action::Action;
use super::error::{PolicyError, Problem, Within};
use super::facts::EFFORT_MAX;
use super::glob::Effort;
use super::resource::Resource;
use super::statement::{Listed, Statement};
use super::{Policy, ResourcePolicy};

impl ResourcePolicy {
    /// Whether each statement names the resource with this ARN, and each of its actions is, or may be, one of these.
    ///
    /// # Errors
    /// [`PolicyError`] for the first one that does not.
    pub fn check_scope(&self, arn: &str, actions: &[&str]) -> Result<(), PolicyError> {
        let scope = Scope::new(arn, actions);
        self.each(|statement| {
            scope.check_actions(statement)?;
            scope.check_resource(statement)
        })
    }

    /// Whether each statement names the resource with this ARN, whatever its actions are.
    ///
    /// # Errors
    /// [`PolicyError`] for the first one that does not.
    pub fn check_resource(&self, arn: &str) -> Result<(), PolicyError> {
        let scope = Scope::new(arn, &[]);
        self.each(|statement| scope.check_resource(statement))
    }

    fn each(
        &self,
        check: impl Fn(&Statement) -> Result<(), PolicyError>,
    ) -> Result<(), PolicyError> {
        let Policy { statements, .. } = &self.document;
        let checked = statements
            .iter()
            .enumerate()
            .try_for_each(|(index, statement)| check(statement).within(format_args!("[{index}]")));
        checked.within("Statement")
    }
}

/// What a policy may be about.
struct Scope<'a> {
    arn: &'a str,
    actions: &'a [&'a str],
    /// The actions in lower case.
    folded: Vec<String>,
    effort: Effort,
}

impl<'a> Scope<'a> {
    fn new(arn: &'a str, actions: &'a [&'a str]) -> Self {
        let folded = actions.iter().map(|action| action.to_ascii_lowercase()).collect();
        Self { arn, actions, folded, effort: Effort::new(EFFORT_MAX) }
    }

    fn check_actions(&self, statement: &Statement) -> Result<(), PolicyError> {
        match &statement.actions {
            Listed::In(listed) => {
                let strange = listed.iter().position(|action| !self.knows(action));
                if let Some(index) = strange {
                    return self.no_action().within(format_args!("Action[{index}]"));
                }
            }
            Listed::NotIn(listed) => {
                let is_left = |action: &str| !listed.iter().any(|it| self.covers(it, action));
                if !self.folded.iter().any(|action| is_left(action)) {
                    return self.no_action().within("NotAction");
                }
            }
        }
        Ok(())
    }

    fn check_resource(&self, statement: &Statement) -> Result<(), PolicyError> {
        let names = |it: &Resource| it.names(self.arn, &self.effort);
        let (place, is_meant) = match &statement.resources {
            Listed::In(listed) => ("Resource", listed.iter().all(names)),
            Listed::NotIn(listed) => ("NotResource", !listed.iter().any(names)),
        };
        if is_meant && !self.effort.is_spent() {
            return Ok(());
        }
        let problem = PolicyError::from(Problem::ResourceHere { arn: self.arn.to_owned() });
        Err(problem).within(place)
    }

    fn knows(&self, action: &Action) -> bool {
        self.folded.iter().any(|known| self.covers(action, known))
    }

    fn covers(&self, action: &Action, known: &str) -> bool {
        action.covers(known, &self.effort)
    }

    fn no_action(&self) -> Result<(), PolicyError> {
        let known = self.actions.join(", ");
        Err(Problem::ActionHere { known }.into())
    }
}
