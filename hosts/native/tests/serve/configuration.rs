use super::world::{configuration, variables};

#[test]
fn what_cannot_be_used_refuses_the_start() {
    for (name, value) in [
        ("AzureAd__TenantId", ""),
        ("AzureAd__TenantId", "common"),
        ("AzureAd__ClientId", "my-app"),
        ("AzureAd__Instance", "http://login.example"),
        ("AzureAd__Instance", "https://login.example/tenant"),
        ("AzureAd__ClientCredentials__0__SourceType", "KeyVault"),
        ("AzureAd__ClientCredentials__0__SourceType", "Secret"),
        ("AzureAd__ClientCredentials__0__ClientSecret", ""),
        ("DownstreamApis__Tools__BaseUrl", "http://api.example"),
        ("DownstreamApis__Tools__BaseUrl", "https://u:p@api.example"),
        ("DownstreamApis__Tools__HttpMethod", "TRACE"),
        ("DownstreamApis__Tools__RequestAppToken", "yes"),
        ("DownstreamApis__Tools__AcquireTokenOptions__FmiPath", "x"),
        ("DownstreamApis__Tools__AcquireTokenOptions__LongRunningWebApiSessionKey", "x"),
        ("DownstreamApis__Tools__AcquireTokenOptions__PopPublicKey", "x"),
        ("DownstreamApis__Tools__AcquireTokenOptions__ManagedIdentity__UserAssignedClientId", "x"),
        ("DownstreamApis__Tools__AcquireTokenOptions__Tenant", "contoso.example"),
        ("DownstreamApis__Tools__AcquireTokenOptions__Claims", "x"),
        ("DownstreamApis__Tools__ExtraHeaderParameters__Authorization", "x"),
        ("DownstreamApis__Tools__ExtraHeaderParameters__Proxy-Y", "x"),
        ("DownstreamApis__Tools__BaseUrl", "file:///etc/passwd"),
        ("DownstreamApis__Tools__BaseUrl", "https://api.example/?a=b"),
        ("AzureAd__TenantId", "../evil"),
        ("AzureAd__ClientCredentials__0__SourceType", "StoreWithThumbprint"),
        ("AzureAd__ClientCredentials__0__SourceType", "Path"),
        ("Vicar__AllowedTenants__0", "organizations"),
        ("Vicar__MaxRequestBytes", "0"),
        ("ASPNETCORE_URLS", "http://api.example:80"),
        ("Vicar__AllowedAgents__2", "invoice"),
        ("Sidecar__AllowOverrides__GetAuthorizationHeader", "1"),
        ("ASPNETCORE_URLS", "https://+:5001"),
        ("azuread__tenantid", "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a902"),
    ] {
        let mut all = variables("https://localhost:1");
        all.insert(name.to_owned(), value.to_owned());
        let problems = configuration(all).expect_err(name);
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(!told.is_empty() && !told.join(" ").contains("lab-blueprint-secret"), "{told:?}");
        let section = name.split("__").next().unwrap().to_lowercase();
        assert!(told.iter().any(|told| told.to_lowercase().contains(&section)), "{told:?}");
    }
}

#[test]
fn both_spellings_and_the_fallback_of_an_assertion_file() {
    for (name, value) in [
        ("AzureAd__ClientCredentials__0__SignedAssertionFilePath", "/a"),
        ("AzureAd__ClientCredentials__0__SignedAssertionFileDiskPath", "/a"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/a"),
    ] {
        let mut all = variables("https://localhost:1");
        all.remove("AzureAd__ClientCredentials__0__ClientSecret");
        all.insert(
            "AzureAd__ClientCredentials__0__SourceType".to_owned(),
            "SignedAssertionFilePath".to_owned(),
        );
        all.insert(name.to_owned(), value.to_owned());
        let configuration = configuration(all).unwrap();
        let wanted = vicar_exchange::Credential::ServiceAccountToken { file: "/a".to_owned() };
        assert_eq!(configuration.entra.credential, wanted, "{name}");
    }
}

#[test]
fn the_first_usable_credential_is_taken() {
    let mut all = variables("https://localhost:1");
    for (name, value) in [
        ("AzureAd__ClientCredentials__0__SourceType", "KeyVault"),
        ("AzureAd__ClientCredentials__0__KeyVaultUrl", "https://vault.example"),
        ("AzureAd__ClientCredentials__1__SourceType", "SignedAssertionFromManagedIdentity"),
    ] {
        all.insert(name.to_owned(), value.to_owned());
    }
    let configuration = configuration(all).unwrap();
    assert!(matches!(
        configuration.entra.credential,
        vicar_exchange::Credential::ManagedIdentity { .. }
    ));
    assert!(configuration.warnings.iter().any(|warning| warning.contains("KeyVault")));
}

#[test]
fn what_nobody_reads_is_told() {
    let mut all = variables("https://localhost:1");
    all.insert(
        "Sidecar__AllowOverrides__AuthorizationHeaderUnauthenticated".to_owned(),
        "true".to_owned(),
    );
    all.insert("HOME".to_owned(), "/root".to_owned());
    let warnings = configuration(all).unwrap().warnings;
    assert!(warnings.iter().any(|warning| {
        warning.contains("`Sidecar__AllowOverrides__AuthorizationHeaderUnauthenticated`")
    }));
    assert!(!warnings.iter().any(|warning| warning.contains("HOME")), "{warnings:?}");
}

#[test]
fn certificates_sign_as_the_token_service_wants() {
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["blueprint".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blueprint.pem");
    std::fs::write(&file, format!("{}{}", certificate.pem(), key.serialize_pem())).unwrap();
    let mut all = variables("https://localhost:1");
    all.insert("AzureAd__ClientCredentials__0__SourceType".to_owned(), "Path".to_owned());
    all.insert(
        "AzureAd__ClientCredentials__0__CertificateDiskPath".to_owned(),
        file.to_str().unwrap().to_owned(),
    );
    let configuration = configuration(all).unwrap();
    let signature = configuration.signing_keys.sign(file.to_str().unwrap(), b"input").unwrap();
    let public = aws_lc_rs::signature::UnparsedPublicKey::new(
        &aws_lc_rs::signature::RSA_PSS_2048_8192_SHA256,
        key.public_key_raw(),
    );
    public.verify(b"input", &signature).unwrap();
    assert!(public.verify(b"other", &signature).is_err());
    assert_eq!(configuration.signing_keys.sign("other", b"input"), None);
}

#[test]
fn a_national_cloud_is_known_by_its_authority() {
    use vicar_exchange::cloud::NATIONAL_CLOUDS;
    for cloud in &NATIONAL_CLOUDS {
        for slash in ["", "/"] {
            let all = variables(&format!("{}{slash}", cloud.origin));
            let configuration = configuration(all).unwrap();
            let authority = &configuration.entra.authority;
            assert_eq!((authority.cloud(), authority.is_custom()), (cloud.cloud, false));
        }
    }
    let custom = configuration(variables("https://localhost:1")).unwrap();
    assert!(custom.entra.authority.is_custom());
    assert!(custom.warnings.iter().any(|warning| warning.contains("none of Entra's clouds")));
}

#[test]
fn a_password_for_a_certificate_is_told_with_what_to_do() {
    let mut all = variables("https://localhost:1");
    for (name, value) in [
        ("SourceType", "Path"),
        ("CertificateDiskPath", "/run/blueprint.pfx"),
        ("CertificatePassword", "hunter2"),
    ] {
        all.insert(format!("AzureAd__ClientCredentials__0__{name}"), value.to_owned());
    }
    let told = configuration(all).unwrap_err().iter().map(ToString::to_string).collect::<String>();
    assert!(told.contains("openssl pkcs12") && !told.contains("hunter2"), "{told}");
}
