//! A report as build servers read it.

use quick_junit::{
    NonSuccessKind, Report as Document, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use super::{CaseReport, Report};

/// One suite for each test file; no times, so that the same run gives the same file.
pub(super) fn document(report: &Report) -> Result<String, SerializeError> {
    let mut document = Document::new(report.bundle.clone());
    for cases in report.cases.chunk_by(|left, right| left.file == right.file) {
        let name = cases.first().map_or("", |case| case.file.as_str());
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(cases.iter().map(test_case));
        document.add_test_suite(suite);
    }
    document.to_string()
}

fn test_case(case: &CaseReport) -> TestCase {
    let mut status = TestCaseStatus::success();
    if !case.passed {
        let lines: Vec<String> = case
            .differences
            .iter()
            .map(|difference| {
                let super::Difference { what, wanted, seen } = difference;
                format!("{what}: wanted {wanted}, got {seen}")
            })
            .collect();
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(lines.join("; ")).set_description(case.sentence.clone());
    }
    let mut test_case = TestCase::new(case.name.clone(), status);
    test_case.set_classname(format!("{}:{}", case.file, case.line));
    test_case
}
