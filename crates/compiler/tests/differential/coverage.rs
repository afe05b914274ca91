//! What the generated cases exercise: a differential test that compares denies of empty
//! policies finds nothing.

use std::collections::BTreeMap;
use std::fmt;

use vicar_policy::ir::{ActionScope, ClauseKind, EntityScope, Expr, Policy};
use vicar_policy::{Decision, Outcome};

/// Counts by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage {
    pub(crate) cases: u64,
    pub(crate) allow: u64,
    pub(crate) forbidden: u64,
    pub(crate) erring: u64,
    pub(crate) stricter: u64,
    pub(crate) skipped: u64,
    pub(crate) clause_ends: u64,
    constructs: BTreeMap<String, u64>,
    errors: BTreeMap<String, u64>,
}

impl Coverage {
    pub(crate) fn policies(&mut self, policies: &[Policy]) {
        for policy in policies {
            for (scope, of) in [(&policy.principal, "principal"), (&policy.resource, "resource")] {
                self.construct(match scope {
                    EntityScope::Any => of.to_owned(),
                    EntityScope::Equal(_) => format!("{of} =="),
                    EntityScope::In(_) => format!("{of} in"),
                    EntityScope::Is(_) => format!("{of} is"),
                    EntityScope::IsIn(..) => format!("{of} is in"),
                });
            }
            self.construct(match policy.action {
                ActionScope::Any => "action".to_owned(),
                ActionScope::Equal(_) => "action ==".to_owned(),
                ActionScope::In(_) => "action in".to_owned(),
            });
            for clause in &policy.clauses {
                self.construct(match clause.kind {
                    ClauseKind::Unless => "unless".to_owned(),
                    ClauseKind::When => "when".to_owned(),
                });
                self.expression(&clause.expression);
            }
        }
    }

    pub(crate) fn outcome(&mut self, outcome: &Outcome) {
        self.cases += 1;
        self.clause_ends += outcome.trace.len() as u64;
        let allowed = outcome.cedar_decision == Decision::Allow;
        self.allow += u64::from(allowed);
        self.forbidden += u64::from(!allowed && !outcome.determining.is_empty());
        self.erring += u64::from(!outcome.erring.is_empty());
        self.stricter += u64::from(outcome.decision != outcome.cedar_decision);
        for erring in &outcome.erring {
            let text = format!("{:?}", erring.error);
            let kind = text.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
            *self.errors.entry(kind).or_default() += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.cases += other.cases;
        self.allow += other.allow;
        self.forbidden += other.forbidden;
        self.erring += other.erring;
        self.stricter += other.stricter;
        self.skipped += other.skipped;
        self.clause_ends += other.clause_ends;
        for (into, from) in
            [(&mut self.constructs, &other.constructs), (&mut self.errors, &other.errors)]
        {
            for (name, count) in from {
                *into.entry(name.clone()).or_default() += count;
            }
        }
    }

    /// Fails when the cases are trivial or leave out a construct or a kind of error.
    pub(crate) fn assert_worthwhile(&self) {
        let share = |count: u64| count as f64 / self.cases as f64;
        assert!(share(self.allow) > 0.15, "allowed: {}", share(self.allow));
        assert!(share(self.forbidden) > 0.05, "forbidden: {}", share(self.forbidden));
        assert!((0.1..0.75).contains(&share(self.erring)), "erring: {}", share(self.erring));
        assert!(share(self.stricter) > 0.01, "stricter: {}", share(self.stricter));
        assert!(self.skipped * 50 < self.cases, "skipped: {} of {}", self.skipped, self.cases);
        for name in CONSTRUCTS {
            assert!(self.constructs.contains_key(*name), "no case has `{name}`: {self}");
        }
        for name in ERRORS {
            assert!(self.errors.contains_key(*name), "no case fails with {name}: {self}");
        }
    }

    fn construct(&mut self, name: String) {
        *self.constructs.entry(name).or_default() += 1;
    }

    fn expression(&mut self, expr: &Expr) {
        let (name, operands): (String, Vec<&Expr>) = match expr {
            Expr::And(left, right) => ("&&".to_owned(), vec![left, right]),
            Expr::Attribute(of, _) => (".".to_owned(), vec![of]),
            Expr::Binary(operator, left, right) => (format!("{operator:?}"), vec![left, right]),
            Expr::Call(function, arguments) => {
                (format!("{function:?}"), arguments.iter().collect())
            }
            Expr::Has(of, _) => ("has".to_owned(), vec![of]),
            Expr::If(test, yes, no) => ("if".to_owned(), vec![test, yes, no]),
            Expr::Is(of, _) => ("is".to_owned(), vec![of]),
            Expr::IsEmpty(of) => ("isEmpty".to_owned(), vec![of]),
            Expr::Like(of, _) => ("like".to_owned(), vec![of]),
            Expr::Literal(_) => ("literal".to_owned(), vec![]),
            Expr::Negate(of) => ("negate".to_owned(), vec![of]),
            Expr::Not(of) => ("!".to_owned(), vec![of]),
            Expr::Or(left, right) => ("||".to_owned(), vec![left, right]),
            Expr::Record(fields) => {
                ("record".to_owned(), fields.iter().map(|(_, field)| field).collect())
            }
            Expr::Set(elements) => ("set".to_owned(), elements.iter().collect()),
            Expr::Variable(variable) => (format!("{variable:?}"), vec![]),
        };
        self.construct(name);
        for operand in operands {
            self.expression(operand);
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |count: u64| 100.0 * count as f64 / self.cases.max(1) as f64;
        writeln!(
            out,
            "{} cases: {:.1}% allow, {:.1}% forbidden, {:.1}% with an erring policy, {:.1}% where \
             only Vicar denies, {:.2} policies with a matching scope each, {} sets skipped",
            self.cases,
            percent(self.allow),
            percent(self.forbidden),
            percent(self.erring),
            percent(self.stricter),
            self.clause_ends as f64 / self.cases.max(1) as f64,
            self.skipped,
        )?;
        let list = |counts: &BTreeMap<String, u64>| {
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>()
        };
        writeln!(out, "errors: {}", list(&self.errors).join(", "))?;
        write!(out, "constructs: {}", list(&self.constructs).join(", "))
    }
}

const CONSTRUCTS: &[&str] = &[
    "!",
    "&&",
    ".",
    "Action",
    "Add",
    "Contains",
    "ContainsAll",
    "ContainsAny",
    "Context",
    "Datetime",
    "Decimal",
    "Duration",
    "DurationSince",
    "Equal",
    "GetTag",
    "GreaterThan",
    "GreaterThanOrEqual",
    "HasTag",
    "In",
    "Ip",
    "IsInRange",
    "IsIpv4",
    "IsIpv6",
    "IsLoopback",
    "IsMulticast",
    "Less",
    "LessEqual",
    "LessThan",
    "LessThanOrEqual",
    "Multiply",
    "Offset",
    "Principal",
    "Resource",
    "Subtract",
    "ToDate",
    "ToDays",
    "ToHours",
    "ToMilliseconds",
    "ToMinutes",
    "ToSeconds",
    "ToTime",
    "action",
    "action ==",
    "action in",
    "has",
    "if",
    "is",
    "isEmpty",
    "like",
    "literal",
    "negate",
    "principal",
    "principal ==",
    "principal in",
    "principal is",
    "principal is in",
    "record",
    "resource",
    "resource ==",
    "resource in",
    "resource is",
    "resource is in",
    "set",
    "unless",
    "when",
    "||",
];

const ERRORS: &[&str] = &[
    "AttributeMissing",
    "EntityMissing",
    "ExtensionFailed",
    "Overflow",
    "TagMissing",
    "TypeError",
    "WrongNumberOfArguments",
];
