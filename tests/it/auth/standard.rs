//! The examples of the standards.

use super::*;

/// RFC 7515, appendix A: the claims of the first three examples.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// The second in which those claims expire.
const EXPIRY: u64 = 1_300_819_380;

#[track_caller]
fn check(keys: Keys, header: &str, signature: &str) {
    let token = format!("{header}.{CLAIMS}.{signature}");
    let auth = auth([Authority::new(keys)]);
    let grant = auth.grant(Some(&token), EXPIRY * 1_000 - 1).unwrap();
    assert_eq!(grant.until_ms(), Some(EXPIRY * 1_000));
    let after = auth.grant(Some(&token), EXPIRY * 1_000);
    assert_eq!(after.unwrap_err(), Refusal::Invalid(Reason::Expired));
    let other = token.replacen("eyJpc3MiOiJqb2Ui", "eyJpc3MiOiJqb2Uj", 1);
    let forged = auth.grant(Some(&other), 0).unwrap_err();
    assert_eq!(forged, Refusal::Invalid(Reason::Signature));
}

fn jwk(members: &str) -> Keys {
    Keys::from_jwks(&format!(r#"{{"keys":[{{{members}}}]}}"#)).unwrap()
}

#[test]
fn rfc_7515_a_1() {
    let secret =
        b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    check(
        Keys::from_secret(&BASE64URL_NOPAD.decode(secret).unwrap()).unwrap(),
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    );
}

#[test]
fn rfc_7515_a_2() {
    check(
        jwk(
            r#""kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB""#,
        ),
        "eyJhbGciOiJSUzI1NiJ9",
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    );
}

#[test]
fn rfc_7515_a_3() {
    check(
        jwk(
            r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#,
        ),
        "eyJhbGciOiJFUzI1NiJ9",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
}

/// RFC 7515, appendix A.5: a token without a signature.
#[test]
fn rfc_7515_a_5() {
    let token = format!("eyJhbGciOiJub25lIn0.{CLAIMS}.");
    let auth = auth([by_secret()]);
    let refusal = auth.grant(Some(&token), 0).unwrap_err();
    assert_eq!(refusal, Refusal::Invalid(Reason::Algorithm));
}

/// RFC 8037, appendix A.4: what is signed is no JSON, which comes to light behind the signature.
#[test]
fn rfc_8037_a_4() {
    let key = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;
    let auth = auth([Authority::new(jwk(key))]);
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(
        refused(&auth, &format!("{signed}.{signature}")),
        Reason::Claims
    );
    let forged = signature.replacen('h', "i", 1);
    assert_eq!(
        refused(&auth, &format!("{signed}.{forged}")),
        Reason::Signature
    );
}
