//! Extension functions and methods.

use super::{Evaluator, Failure, Operand, View, operator::string_of, type_error};
use crate::{
    EvaluationError,
    extension::{datetime, decimal, duration, ip},
    ir::ExtensionFunction,
    program::NodeId,
    value::{IpNetwork, ValueType},
};

impl<'a> Evaluator<'a> {
    pub(super) fn call(
        &self,
        function: ExtensionFunction,
        arguments: &[u32],
    ) -> Result<Operand<'a>, Failure> {
        let view = match arguments {
            [only] if function.arguments() == 1 => {
                unary(function, self.value(NodeId(*only))?.view())
            }
            [first, second] if function.arguments() == 2 => {
                let first = self.value(NodeId(*first))?;
                let second = self.value(NodeId(*second))?;
                binary(function, first.view(), second.view())
            }
            _ => {
                // Cedar evaluates the arguments before it counts them; either way it is an error.
                Err(Failure::new(EvaluationError::WrongNumberOfArguments {
                    function,
                    wanted: function.arguments(),
                    seen: arguments.len(),
                }))
            }
        }?;
        Ok(view.into())
    }
}

fn unary(function: ExtensionFunction, view: View<'_>) -> Result<View<'static>, Failure> {
    let refused = |message: &str| failed(function, message.to_owned());
    Ok(match function {
        ExtensionFunction::Datetime => {
            View::Datetime(datetime::parse(string_of(view)?).map_err(refused)?)
        }
        ExtensionFunction::Decimal => {
            View::Decimal(decimal::parse(string_of(view)?).map_err(refused)?)
        }
        ExtensionFunction::Duration => {
            View::Duration(duration::parse(string_of(view)?).map_err(refused)?)
        }
        ExtensionFunction::Ip => View::Ip(ip::parse(string_of(view)?).map_err(refused)?),
        ExtensionFunction::IsIpv4 => View::Bool(ip_of(view)?.address.is_ipv4()),
        ExtensionFunction::IsIpv6 => View::Bool(ip_of(view)?.address.is_ipv6()),
        ExtensionFunction::IsLoopback => View::Bool(ip_of(view)?.is_loopback()),
        ExtensionFunction::IsMulticast => View::Bool(ip_of(view)?.is_multicast()),
        ExtensionFunction::ToDate => View::Datetime(
            datetime::date(datetime_of(view)?).ok_or_else(|| refused("the date overflows"))?,
        ),
        ExtensionFunction::ToTime => View::Duration(datetime::time(datetime_of(view)?)),
        ExtensionFunction::ToDays => View::Long(duration_of(view)? / 86_400_000),
        ExtensionFunction::ToHours => View::Long(duration_of(view)? / 3_600_000),
        ExtensionFunction::ToMinutes => View::Long(duration_of(view)? / 60_000),
        ExtensionFunction::ToSeconds => View::Long(duration_of(view)? / 1_000),
        ExtensionFunction::ToMilliseconds => View::Long(duration_of(view)?),
        ExtensionFunction::DurationSince
        | ExtensionFunction::GreaterThan
        | ExtensionFunction::GreaterThanOrEqual
        | ExtensionFunction::IsInRange
        | ExtensionFunction::LessThan
        | ExtensionFunction::LessThanOrEqual
        | ExtensionFunction::Offset => return Err(super::invalid_program()),
    })
}

fn binary(
    function: ExtensionFunction,
    left: View<'_>,
    right: View<'_>,
) -> Result<View<'static>, Failure> {
    let refused = |message: &str| failed(function, message.to_owned());
    Ok(match function {
        ExtensionFunction::DurationSince => {
            let (later, earlier) = (datetime_of(left)?, datetime_of(right)?);
            let difference = later.checked_sub(earlier);
            View::Duration(difference.ok_or_else(|| refused("the duration overflows"))?)
        }
        ExtensionFunction::Offset => {
            let sum = datetime_of(left)?.checked_add(duration_of(right)?);
            View::Datetime(sum.ok_or_else(|| refused("the datetime overflows"))?)
        }
        ExtensionFunction::IsInRange => {
            let (network, range) = (ip_of(left)?, ip_of(right)?);
            View::Bool(network.is_in_range(&range))
        }
        ExtensionFunction::GreaterThan => View::Bool(decimal_of(left)? > decimal_of(right)?),
        ExtensionFunction::GreaterThanOrEqual => {
            View::Bool(decimal_of(left)? >= decimal_of(right)?)
        }
        ExtensionFunction::LessThan => View::Bool(decimal_of(left)? < decimal_of(right)?),
        ExtensionFunction::LessThanOrEqual => View::Bool(decimal_of(left)? <= decimal_of(right)?),
        _ => return Err(super::invalid_program()),
    })
}

fn datetime_of(view: View<'_>) -> Result<i64, Failure> {
    match view {
        View::Datetime(value) => Ok(value),
        other => Err(type_error(&[ValueType::Datetime], other)),
    }
}

fn decimal_of(view: View<'_>) -> Result<i64, Failure> {
    match view {
        View::Decimal(value) => Ok(value),
        other => Err(type_error(&[ValueType::Decimal], other)),
    }
}

fn duration_of(view: View<'_>) -> Result<i64, Failure> {
    match view {
        View::Duration(value) => Ok(value),
        other => Err(type_error(&[ValueType::Duration], other)),
    }
}

fn ip_of(view: View<'_>) -> Result<IpNetwork, Failure> {
    match view {
        View::Ip(value) => Ok(value),
        other => Err(type_error(&[ValueType::Ip], other)),
    }
}

#[cold]
fn failed(function: ExtensionFunction, message: String) -> Failure {
    Failure::new(EvaluationError::ExtensionFailed { function, message })
}
