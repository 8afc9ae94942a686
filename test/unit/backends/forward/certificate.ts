/** A certificate for `localhost` that nobody trusts, valid for a hundred years, and its key, which opens nothing. */
export function certificate(): { key: string; cert: string } {
  return { key, cert };
}

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0nuxYojB36yuOmyb
PBMQok0nLewHJhJjTu1PCcV7R9ChRANCAARa8G8oYlg9mX4LFsFvQGnBU8mcghk8
ZToTV+Gti2xDLNdRgovm/xueOFi1X/5yjFTmNVMn8IcJ00URE5bZwDeK
-----END PRIVATE KEY-----
`;

const cert = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUBFjaPrbMUKqD37YUJ2kcAlP8g6MwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA5MTMyM1oYDzIxMjYxMDI4
MDkxMzIzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARa8G8oYlg9mX4LFsFvQGnBU8mcghk8ZToTV+Gti2xDLNdRgovm/xue
OFi1X/5yjFTmNVMn8IcJ00URE5bZwDeKo28wbTAdBgNVHQ4EFgQU0EVSwawHNUZ+
QGWuI6k/ZgfqbLEwHwYDVR0jBBgwFoAU0EVSwawHNUZ+QGWuI6k/ZgfqbLEwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgGhVLrser6gu205jY3blJ8ntGSdCfOCEdP4IUA6f6iEMCIQCo
1vJgEr2yuaZ6qihIqqnQnS7RZoJCvp/SSsiOmQUWeg==
-----END CERTIFICATE-----
`;
