use vicar_policy::{
    Decision, Entities, EntityDefinition, EntityStore, EntityUid, Program, Record, Request, Value,
};

use super::{Reference, compare};
use crate::cedar::lower_unvalidated;

const POLICIES: &str = r#"
@id("reads") permit(principal in Group::"staff", action, resource) when { context.n < 5 };
@id("errs") permit(principal, action, resource) when { context.absent };
@id("never") forbid(principal, action, resource) unless { principal.ok };
"#;

fn ask(ok: bool, n: i64) -> (super::Answer, Result<(), Box<super::Difference>>) {
    let files = [("p.cedar".to_owned(), POLICIES.to_owned())];
    let reference = Reference::new(&files, &[]).expect("cedar reads them");
    let program = Program::compile(lower_unvalidated(&files, &[]).expect("they lower"))
        .expect("they compile");
    let dana = EntityUid::new("User", "dana");
    let definition = EntityDefinition::new(dana.clone())
        .with_attributes([("ok", Value::Bool(ok))].into_iter().collect())
        .within([EntityUid::new("Group", "staff")]);
    let store = EntityStore::new(vec![definition], Entities::default()).expect("one entity");
    let layers = [&store];
    let entities = Entities::new(&layers);
    let context: Record = [("n", Value::Long(n))].into_iter().collect();
    let action = EntityUid::new("Action", "read");
    let request =
        Request { principal: &dana, action: &action, resource: &dana, context: (&context).into() };
    let cedar = reference.authorize(&request, &entities).expect("cedar answers");
    let outcome = program.evaluate(&request, &entities);
    let compared = compare(&cedar, &program, &outcome);
    (cedar, compared)
}

#[test]
fn decision_determining_and_erring_policies_agree() {
    let (cedar, compared) = ask(true, 1);
    assert_eq!(compared, Ok(()));
    assert_eq!(cedar.decision, Decision::Allow);
    assert!(cedar.determining.contains("reads") && cedar.erring.contains("errs"));

    let (cedar, compared) = ask(false, 1);
    assert_eq!(compared, Ok(()));
    assert!(cedar.determining.contains("never"));
}

#[test]
fn a_difference_is_found_and_told() {
    let files = [("p.cedar".to_owned(), POLICIES.to_owned())];
    let program = Program::compile(lower_unvalidated(&files, &[]).expect("they lower"))
        .expect("they compile");
    let (cedar, _) = ask(true, 1);
    let told = compare(&cedar, &program, &vicar_policy::Outcome::default())
        .expect_err("an empty outcome is not Cedar's")
        .to_string();
    assert!(told.contains("cedar: Answer") && told.contains("vicar: Answer"), "{told}");
}

#[test]
fn a_policy_without_id_is_refused() {
    let files = [("p.cedar".to_owned(), "permit(principal, action, resource);".to_owned())];
    assert!(matches!(Reference::new(&files, &[]), Err(super::ReferenceError::Unnamed)));
}
