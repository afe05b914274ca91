use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Option<Settings>, Problems> {
    Settings::read(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn endpoint(variables: &[(&str, &str)]) -> Option<String> {
    read(variables).unwrap().map(|settings| settings.endpoint.to_string())
}

const ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

#[test]
fn the_endpoint_is_the_specifications() {
    for (variables, wanted) in [
        (vec![(ALL, "http://collector:4318")], "http://collector:4318/v1/traces"),
        (vec![(ALL, "https://collector/otlp/")], "https://collector/otlp/v1/traces"),
        (vec![(TRACES, "http://collector:4318/as/is")], "http://collector:4318/as/is"),
        (vec![(ALL, "http://a"), (TRACES, "http://b")], "http://b/"),
        (vec![(ALL, "http://a"), (TRACES, " ")], "http://a/v1/traces"),
    ] {
        assert_eq!(endpoint(&variables).as_deref(), Some(wanted), "{variables:?}");
    }
}

#[test]
fn without_an_endpoint_or_disabled_there_are_none() {
    for variables in [
        vec![],
        vec![("OTEL_SERVICE_NAME", "x")],
        vec![(ALL, "")],
        vec![(ALL, "http://a"), ("OTEL_SDK_DISABLED", "True")],
        vec![(ALL, "http://a"), ("OTEL_TRACES_EXPORTER", "none")],
        // Of what is off nothing is looked at.
        vec![(ALL, "nonsense"), ("OTEL_SDK_DISABLED", "true")],
        vec![("OTEL_TRACES_SAMPLER", "nonsense")],
    ] {
        assert_eq!(read(&variables).unwrap(), None, "{variables:?}");
    }
    assert!(endpoint(&[(ALL, "http://a"), ("OTEL_SDK_DISABLED", "false")]).is_some());
}

#[test]
fn what_does_not_work_is_refused_and_named() {
    for (name, value) in [
        (ALL, "collector:4318"),
        (ALL, "not an address"),
        (ALL, "grpc://collector:4317"),
        (ALL, "http://"),
        (TRACES, "http://name:s3cr3t@collector/"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "s3cr3t"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a b=s3cr3t"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cr3t\nx"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/some/file"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_TRACES_SAMPLER", "xray"),
    ] {
        let variables = [(ALL, "http://a"), (name, value)];
        let problems = read(&variables).unwrap_err();
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(shown.len() == 1 && shown[0].starts_with(&format!("`{name}` is ")), "{shown:?}");
        assert!(!shown[0].contains("s3cr3t"), "{shown:?}");
    }
}

#[test]
fn all_problems_come_at_once() {
    let problems = read(&[
        (ALL, "nonsense"),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "7"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ]);
    assert_eq!(problems.unwrap_err().iter().count(), 3);
}
