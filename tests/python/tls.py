"""Ends TLS in front of a server, with a certificate that only its own CA has signed.

Usage: tls.py HOST:PORT FOLDER, with a Python that has cryptography. Writes FOLDER/ca.pem, prints the port
that it listens on at 127.0.0.1, and serves until its standard input ends.
"""

import datetime
import ipaddress
import pathlib
import socket
import ssl
import sys
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

target, folder = sys.argv[1].rsplit(":", 1), pathlib.Path(sys.argv[2])
now = datetime.datetime.now(datetime.timezone.utc)


def certificate(name, issuer, issuer_key, is_ca):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if not is_ca:
        names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256()), key


def pem(made):
    return made.public_bytes(serialization.Encoding.PEM)


ca, ca_key = certificate("our own CA", None, None, True)
server, server_key = certificate("search", ca.subject, ca_key, False)
(folder / "ca.pem").write_bytes(pem(ca))
plain = serialization.NoEncryption()
form = serialization.PrivateFormat.PKCS8
key_text = server_key.private_bytes(serialization.Encoding.PEM, form, plain)
(folder / "server.pem").write_bytes(pem(server) + key_text)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder / "server.pem")


def carry(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(connection):
    try:
        with context.wrap_socket(connection, server_side=True) as secured:
            with socket.create_connection((target[0], int(target[1]))) as upstream:
                back = threading.Thread(target=carry, args=(upstream, secured))
                back.start()
                carry(secured, upstream)
                back.join()
    except OSError:
        connection.close()


def accept(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
