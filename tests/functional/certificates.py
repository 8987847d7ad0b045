"""Certificates for tests, made with the openssl command."""

import subprocess


def make(folder, name, host="localhost", address="127.0.0.1"):
    """A self-signed certificate and its key, as (certificate, key) paths."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{host},IP:{address}", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True)
    return certificate, key
