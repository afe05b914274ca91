//! Cedar's extension functions: `ip`, `decimal`, `datetime`, `duration` and their methods.

use std::fmt;

use crate::ir::ExtensionFunction;

pub(crate) mod datetime;
pub(crate) mod decimal;
pub(crate) mod duration;
pub(crate) mod ip;

impl ExtensionFunction {
    /// Its name in Cedar source.
    pub fn name(self) -> &'static str {
        match self {
            Self::Datetime => "datetime",
            Self::Decimal => "decimal",
            Self::Duration => "duration",
            Self::DurationSince => "durationSince",
            Self::GreaterThan => "greaterThan",
            Self::GreaterThanOrEqual => "greaterThanOrEqual",
            Self::Ip => "ip",
            Self::IsInRange => "isInRange",
            Self::IsIpv4 => "isIpv4",
            Self::IsIpv6 => "isIpv6",
            Self::IsLoopback => "isLoopback",
            Self::IsMulticast => "isMulticast",
            Self::LessThan => "lessThan",
            Self::LessThanOrEqual => "lessThanOrEqual",
            Self::Offset => "offset",
            Self::ToDate => "toDate",
            Self::ToDays => "toDays",
            Self::ToHours => "toHours",
            Self::ToMilliseconds => "toMilliseconds",
            Self::ToMinutes => "toMinutes",
            Self::ToSeconds => "toSeconds",
            Self::ToTime => "toTime",
        }
    }

    /// The function with this name in Cedar source.
    ///
    /// ```
    /// use vicar_policy::ir::ExtensionFunction;
    ///
    /// assert_eq!(ExtensionFunction::named("isInRange"), Some(ExtensionFunction::IsInRange));
    /// assert_eq!(ExtensionFunction::named("isInrange"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// How many arguments it takes, the receiver of a method included.
    pub fn arguments(self) -> usize {
        match self {
            Self::DurationSince
            | Self::GreaterThan
            | Self::GreaterThanOrEqual
            | Self::IsInRange
            | Self::LessThan
            | Self::LessThanOrEqual
            | Self::Offset => 2,
            _ => 1,
        }
    }

    /// Whether it makes a value from a string: `ip("…")` and its like.
    pub fn is_constructor(self) -> bool {
        matches!(self, Self::Datetime | Self::Decimal | Self::Duration | Self::Ip)
    }

    /// Every function, in the order of the table tags.
    pub(crate) const ALL: [Self; 22] = [
        Self::Datetime,
        Self::Decimal,
        Self::Duration,
        Self::DurationSince,
        Self::GreaterThan,
        Self::GreaterThanOrEqual,
        Self::Ip,
        Self::IsInRange,
        Self::IsIpv4,
        Self::IsIpv6,
        Self::IsLoopback,
        Self::IsMulticast,
        Self::LessThan,
        Self::LessThanOrEqual,
        Self::Offset,
        Self::ToDate,
        Self::ToDays,
        Self::ToHours,
        Self::ToMilliseconds,
        Self::ToMinutes,
        Self::ToSeconds,
        Self::ToTime,
    ];
}

impl fmt::Display for ExtensionFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Reads exactly `count` ASCII digits from the front of `text`: their value and the rest.
fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests;
